"""One contract of the demonstration: the transport bureau uses the car parks of urban management."""

import contextlib
from datetime import datetime, timedelta

from quanyu.app.demo.files import KEYWORD
from quanyu.app.node import Node
from quanyu.core.actor import system_actor
from quanyu.core.errors import QuanyuError
from quanyu.exchange.parties import Party
from quanyu.exchange.policy import Rate, Span, Way
from quanyu.exchange.requests.model import Answer, Application, ItemAnswer, Person, Wish
from quanyu.exchange.requests.service import Requests
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.model import Entry
from quanyu.store import Connection

DATASET, CONSUMER = "car-parks", "jz-transport"
_KEY = "demonstration"


async def agree(node: Node) -> None:
    """Once; asked, checked, answered and signed as departments would. Nothing while the dataset is not shared."""
    with contextlib.suppress(QuanyuError):  # not published, or below its gate: there is nothing to agree on
        async with node.database.tenant(node.tenant) as connection:
            if not await connection.fetchval("select exists (select from share_request)"):
                await _agreed(connection, node)


async def _agreed(connection: Connection, node: Node) -> None:
    desk = Requests(connection, system_actor(node.tenant, "demo"), node.clock(), node.folder)
    entry = await catalogue.find(connection, DATASET)
    said = _application(entry, node.clock())
    asked = await desk.submit(said, Party(organisation=CONSUMER), key=_KEY)
    await desk.act(asked.id, "forward")
    items = tuple(ItemAnswer(name=one.name, granted=True) for one in said.items)
    await desk.answer(asked.id, Answer(items=items, note="同意共享"))
    text = await desk.commitment(asked.id)
    await desk.sign(asked.id, text.hash)


def _application(entry: Entry, now: datetime) -> Application:
    return Application(
        dataset=DATASET, title=f"停车诱导（{KEYWORD}）", items=tuple(Wish(name=one.name) for one in entry.description.items),
        purpose="停车诱导屏发布余位", basis="江州市停车场管理办法 第十二条", scenario="停车诱导", system="交通诱导平台",
        expected="减少找车位的绕行", starts=now, ends=now + timedelta(days=365), ways=(Way.RECORDS, Way.SQL, Way.FILE),
        rate=Rate(number=10, per=Span.SECOND), leader=Person(post="分管领导"), steward=Person(post="资源管理员"),
        operator=Person(post="运维人员"),
    )  # fmt: skip
