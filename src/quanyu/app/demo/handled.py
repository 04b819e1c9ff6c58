"""The hotline's requests of the last weeks as cases of the event centre: scores and indicators have something to say."""

from datetime import datetime
from typing import Any

from quanyu.act.cases._laid_sql import classes
from quanyu.act.cases.model import Channel, Place, Report
from quanyu.act.imports.mapping import Arrival
from quanyu.act.imports.taking_over import take_over
from quanyu.app.demo.cases import Case, history
from quanyu.app.demo.city import City
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.marker import read_marker
from quanyu.app.demo.motion import CITY_TIME
from quanyu.app.node import Node
from quanyu.workflow import Doer

SYSTEM = "demo-hotline"
DAYS = 60
_AT_ONCE = 25
_ASKED = 0.6
"""Share of closed requests whose reporter was reached."""

_BODIES = {
    "城管局": "jz-urban", "交警支队": "jz-police", "交通局": "jz-transport", "住建局": "jz-housing", "生态环境局": "jz-environment",
    "水务局": "jz-water",
}  # fmt: skip
_CHANNELS = {"12345热线": Channel.HOTLINE, "网格员上报": Channel.PATROL, "智能巡查": Channel.SENSOR}
_CLASSES = {"井盖破损": "C01002", "路灯不亮": "C01009", "公交候车时间长": "C02002", "噪声扰民": "E03001"}
"""Items that the standard calls otherwise; all others are found by their name."""
_ANSWERS = {"非常满意": "satisfied", "满意": "satisfied", "基本满意": "fairly"}

_KNOWN = "select external from case_record where starts_with(external, $1)"


async def take_over_requests(node: Node, city: City, *, days: int = DAYS) -> None:
    """Each once, as they stand now, a few at a time."""
    marker = read_marker(node.folder)
    assert marker is not None  # written by at_start
    now = node.clock()
    requests = history(city, marker.begun.astimezone(CITY_TIME).date())
    async with node.database.tenant(node.tenant) as connection:
        known = {row["external"] for row in await connection.fetch(_KNOWN, f"{SYSTEM}:")}
        codes = {one.title("zh-CN"): one.code for one in await classes(connection)} | _CLASSES
    newest = requests[-1].created if requests else now
    new = [one for one in requests if (newest - one.created).days < days and _number(one) not in known]
    for start in range(0, len(new), _AT_ONCE):
        async with node.database.tenant(node.tenant) as connection:
            for one in new[start : start + _AT_ONCE]:
                arrived = _arrival(one, codes, city.seed, now)
                await take_over(
                    connection, node.tenant, arrived, Doer(id="system:demo", node=True), through="handling"
                )


def _number(one: Case) -> str:
    return f"{SYSTEM}:{one.code}"


def _arrival(one: Case, codes: dict[str, str], seed: int, now: datetime) -> Arrival:
    closed = one.closed(now)
    longitude, latitude = one.spot.point
    report = Report(
        channel=_CHANNELS.get(one.channel, Channel.RESIDENT), title=f"{one.spot.community.name}{one.item}",
        description=one.content, category=codes.get(one.item), address=one.spot.address,
        place=Place(lon=longitude, lat=latitude), region=one.spot.community.code, organisation=_BODIES[one.department],
        external=_number(one), fields={"demonstration": True},
    )  # fmt: skip
    return Arrival(
        report=report, state="archived" if closed else "handling", reported=one.created, due=one.due, closed=closed,
        callback=_callback(one, seed) if closed else None, notes=(),
    )  # fmt: skip


def _callback(one: Case, seed: int) -> dict[str, Any]:
    """What the reporter said when called; some are not reached."""
    answer = _ANSWERS.get(one.satisfaction, "dissatisfied")
    if drawn(seed, "call-back", one.code).random() >= _ASKED:
        return {"valid": False, "contacted": False, "solved": None, "satisfaction": None, "remark": ""}
    solved = answer != "dissatisfied"
    return {"valid": True, "contacted": True, "solved": solved, "satisfaction": answer, "remark": ""}
