"""Organisations: a tree of bodies, each with a code of its own in the tenant."""

import re
from dataclasses import dataclass

from quanyu.core.errors import Fault, Invalid
from quanyu.core.identifiers import check_credit_code

_ID = re.compile(r"[\w.-]{1,64}")
_REGION = re.compile(r"[0-9]{2,12}")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Made by `parse`."""

    id: str
    name: str
    parent: str | None = None
    name_en: str | None = None
    region: str | None = None
    credit_code: str | None = None

    @classmethod
    def parse(
        cls,
        *,
        id: str,
        name: str,
        parent: str | None = None,
        name_en: str | None = None,
        region: str | None = None,
        credit_code: str | None = None,
        where: str = "",
    ) -> "Organisation":
        """Raises Invalid with every fault; `where` goes before each place, e.g. a line of a file."""
        checks = (
            (bool(_ID.fullmatch(id)), "id_form", "id"),
            (bool(name.strip()) and len(name) <= _LONGEST_NAME, "name_form", "name"),
            (parent != id, "own_parent", "parent"),
            (not region or bool(_REGION.fullmatch(region)), "region_form", "region"),
        )
        faults = [
            Fault(f"identity.organisation.{key}", f"{where}/{place}", {"id": id[:64]})
            for ok, key, place in checks
            if not ok
        ]
        if credit_code and (fault := check_credit_code(credit_code)):
            values: dict[str, object] = {"code": credit_code[:40], "reason": fault.reason}
            faults.append(Fault("identity.organisation.credit_code", f"{where}/credit_code", values))
        if faults:
            raise Invalid("identity.organisation.invalid", faults=tuple(faults))
        return cls(
            id=id, name=name.strip(), parent=parent or None, name_en=name_en or None,
            region=region or None, credit_code=credit_code.strip().upper() if credit_code else None,
        )  # fmt: skip
