"""Organisations: a tree of bodies, each with a code of its own in the tenant."""

import re
from dataclasses import dataclass

from quanyu.core.errors import Fault, Invalid
from quanyu.core.identifiers import check_credit_code

_ID = re.compile(r"[\w.-]{1,64}")
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
        faults = [Fault(key, f"{where}/{place}", values) for bad, key, place, values in (
            (not _ID.fullmatch(id), "identity.organisation.id_form", "id", {"id": id[:64]}),
            (not name.strip() or len(name) > _LONGEST_NAME, "identity.organisation.name_form", "name", {}),
            (parent == id, "identity.organisation.own_parent", "parent", {"id": id[:64]}),
            (bool(region) and not re.fullmatch(r"\d{2,12}", region or ""), "identity.organisation.region_form", "region", {}),
        ) if bad]  # fmt: skip
        if credit_code and (fault := check_credit_code(credit_code)):
            values: dict[str, object] = {"code": credit_code[:40], "reason": fault.reason}
            faults.append(Fault("identity.organisation.credit_code", f"{where}/credit_code", values))
        if faults:
            raise Invalid("identity.organisation.invalid", faults=tuple(faults))
        return cls(
            id=id, name=name.strip(), parent=parent or None, name_en=name_en or None,
            region=region or None, credit_code=credit_code.strip().upper() if credit_code else None,
        )  # fmt: skip
