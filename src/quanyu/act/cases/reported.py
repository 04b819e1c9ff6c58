"""What a report says beside its words: where it lies, which case it is about, what its work knows of it."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from quanyu.act.cases import _sql
from quanyu.act.cases.located import region_at
from quanyu.act.cases.model import Case, Report
from quanyu.core.errors import Fault, Invalid
from quanyu.core.text import index_terms
from quanyu.store import Connection
from quanyu.twin.distance import metres

_NEAR = 300.0  # metres within which a reporter's word is enough that two cases are one


async def located(connection: Connection, said: Report) -> Report:
    """Limits, duties and figures go by area: a place is enough to know it."""
    if said.region is not None or said.place is None:
        return said
    return replace(said, region=await region_at(connection, said.place))


async def reported_again(connection: Connection, said: Report) -> Report:
    """What was reported elsewhere is not that again: no body is judged by a number that somebody writes."""
    if said.reopens is None:
        return said
    known = await _sql.case(connection, said.reopens)
    nowhere = known is not None and not (said.place or said.address or known.place or known.address)
    return said if known and (nowhere or lies_near(said, known)) else replace(said, reopens=None)


def lies_near(said: Report, target: Case) -> bool:
    if said.place is not None and target.place is not None:
        apart = metres(said.place.lon, said.place.lat, target.place.lon, target.place.lat)
        return apart <= _NEAR
    return bool(said.address) and said.address == target.address


def beyond(said: Report) -> Invalid:
    assert said.place is not None
    values: dict[str, object] = {"lon": said.place.lon, "lat": said.place.lat}
    return Invalid("act.case.beyond", faults=(Fault("act.case.beyond", "place", values),), **values)


def data_of(said: Report, limit: Mapping[str, Any] | None) -> Mapping[str, Any]:
    known = {} if limit is None else {"limit": limit}
    return {"class": said.category, "channel": said.channel.value, "urgent": said.urgent, **known}


def key_of(said: Report) -> str | None:
    return f"report:{said.channel}:{said.key}" if said.key else None


def words_of(title: str, said: Report) -> list[str]:
    return index_terms(" ".join(filter(None, (title, said.description, said.address))))
