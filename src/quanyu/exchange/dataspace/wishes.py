"""What a consumer asks for with an offer, as a request of ours."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.exchange.policy import Way
from quanyu.exchange.requests.model import Application, Wish, share_type_of
from quanyu.govern.catalogue.model import Entry, ShareType

_USUAL_PERIOD = timedelta(days=365)


def application(offer: Mapping[str, Any], entry: Entry, *, now: datetime) -> Application:
    """Its constraints, and where it says nothing all that may be given for a year."""
    said = _constraints(offer)
    given = [
        one.name for one in entry.description.items if share_type_of(entry, one) is not ShareType.WITHHELD
    ]
    columns = said.get(("quanyu:columns", "isAnyOf"), given)
    names = columns if isinstance(columns, list) else [columns]
    return Application(
        dataset=entry.name, title=f"{entry.description.title} (dataspace)", items=tuple(Wish(name=str(one)) for one in names),
        purpose=str(said.get(("purpose", "eq"), "dataspace")), basis=str(said.get(("quanyu:basis", "eq"), "Dataspace Protocol 2025-1")),
        starts=_moment(said.get(("dateTime", "gteq")), now), ends=_moment(said.get(("dateTime", "lt")), now + _USUAL_PERIOD),
        ways=(Way.RECORDS, Way.SQL, Way.FILE),
    )  # fmt: skip


def _constraints(offer: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    found = {}
    for rule in _list(offer.get("permission")):
        for one in _list(rule.get("constraint") if isinstance(rule, Mapping) else None):
            if isinstance(one, Mapping):
                found[str(one.get("leftOperand")), str(one.get("operator"))] = one.get("rightOperand")
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _moment(value: Any, usual: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(value)) if value is not None else usual
    except ValueError:
        raise Invalid("exchange.dataspace.member", member="dateTime") from None
    return found if found.tzinfo else usual
