"""Service requests as the hotline exports them: GBK, a title above the header, some records that contradict themselves."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from quanyu.app.demo.cases import Case, history
from quanyu.app.demo.city import City
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.files.table import Row, csv_text
from quanyu.app.demo.motion import CITY_TIME

HEADER = (
    "工单编号", "受理时间", "办理期限", "办结时间", "办理状态", "事件大类", "事件小类", "诉求内容", "承办单位", "来源渠道",
    "区县", "街道", "社区", "事发地址", "经度", "纬度", "满意度",
)  # fmt: skip
TYPES = {"受理时间": "datetime", "办理期限": "datetime", "办结时间": "datetime"}
"""Said once: an export may hold no closed case, and an empty column shows no type."""
_CLOSED, _LONGITUDE, _LATITUDE, _DEPARTMENT = 3, 14, 15, 8
_NOWHERE, _TWISTED, _NOBODY = 41, 11, 17
"""Records without a place, closed before they were opened, and without a department."""


def history_file(city: City, begun: datetime) -> bytes:
    """Of the ninety days before; GBK."""
    rows = [_row(case, begun) for case in history(city, begun.astimezone(CITY_TIME).date())]
    _spoil(rows, city.seed)
    return csv_text(("江州市12345政务服务便民热线工单明细", "制表单位：江州市数据局"), HEADER, rows).encode(
        "gb18030"
    )


def changes_file(cases: Iterable[Case], moment: datetime) -> bytes:
    """New and newly closed ones, as the next export has them; UTF-8."""
    return csv_text((), HEADER, [_row(case, moment) for case in cases]).encode()


def _row(case: Case, moment: datetime) -> Row:
    closed = case.closed(moment)
    spot = case.spot
    return [
        case.code, _local(case.created), _local(case.due), _local(closed) if closed else "",
        "已办结" if closed else "办理中", case.category, case.item, case.content, case.department, case.channel,
        spot.district.name, spot.street.name, spot.community.name, spot.address, *map(str, spot.point),
        case.satisfaction if closed else "",
    ]  # fmt: skip


def _spoil(rows: list[Row], seed: int) -> None:
    chance = drawn(seed, "spoilt cases")
    for row in chance.sample(rows, _NOWHERE):
        row[_LONGITUDE] = row[_LATITUDE] = "0"
    for row in chance.sample([row for row in rows if row[_CLOSED]], _TWISTED):
        created = datetime.strptime(row[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CITY_TIME)
        row[_CLOSED] = _local(created - timedelta(hours=chance.randint(2, 60)))
    for row in chance.sample(rows, _NOBODY):
        row[_DEPARTMENT] = ""


def _local(moment: datetime) -> str:
    return moment.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M:%S")
