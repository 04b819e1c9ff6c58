"""One case of another system becomes one of ours, as it stood there."""

import secrets
from datetime import datetime
from typing import Any

from quanyu.act.cases import _sql
from quanyu.act.cases.following import DEFINITION, foremost
from quanyu.act.imports.mapping import Arrival
from quanyu.core.text import index_terms
from quanyu.store import Connection
from quanyu.workflow import Doer, Instance, Opening, Works
from quanyu.workflow.adoption import Stay

_HOUR = 3600
_LEAST = 1 / _HOUR
_START = "reported"


async def take_over(
    connection: Connection, tenant: str, one: Arrival, doer: Doer, *, through: str | None
) -> str:
    """Its number here. Nobody is told: it is no news."""
    id = await _sql.number(connection, one.reported)
    opening = Opening(definition=DEFINITION, subject=id, data=_data(one), key=f"import:{one.report.external}")
    works = Works(connection, tenant, one.reported)
    work = await works.adopt(opening, doer, stays=_stays(one, through), notes=one.notes)
    said = one.report
    words = index_terms(" ".join(filter(None, (said.title, said.description, said.address))))
    await _sql.add(
        connection, tenant, id, work, foremost(work), said,
        title=said.title, follow=secrets.token_urlsafe(12), words=words, now=one.reported,
    )  # fmt: skip
    await _sql.set_fields(connection, tenant, id, _outcome(one, work, through))
    return id


def _data(one: Arrival) -> dict[str, Any]:
    """Their due time is the limit here: not ours to change."""
    data: dict[str, Any] = {
        "class": one.report.category, "channel": one.report.channel.value, "urgent": one.report.urgent,
    }  # fmt: skip
    if one.due is not None:
        hours = (one.due - one.reported).total_seconds() / _HOUR
        data["limit"] = {"amount": max(round(hours, 6), _LEAST), "unit": "hours"}
    return data


def _stays(one: Arrival, through: str | None) -> list[Stay]:
    """From the report at once to the body, and to the state it has reached when it was closed or when it came."""
    body = one.report.organisation
    arrived = one.closed or _last(one)
    worked = through is not None and body is not None and one.state not in (_START, through)
    stays = [Stay(state=through or "", at=one.reported, organisation=body)] if worked else []
    if one.state == _START:
        return stays
    at = arrived if worked or one.closed else one.reported
    return [*stays, Stay(state=one.state, at=at, organisation=body)]


def _last(one: Arrival) -> datetime:
    return max([one.reported, *(note.at for note in one.notes)])


def _outcome(one: Arrival, work: Instance, through: str | None) -> dict[str, Any]:
    changed: dict[str, Any] = {
        "closed": work.closed, "outcome": work.outcome, "handled_by": one.report.organisation,
        "late": through in work.late, "filed": one.reported if one.report.organisation else None,
    }  # fmt: skip
    return changed | ({"callback": one.callback} if one.callback else {})
