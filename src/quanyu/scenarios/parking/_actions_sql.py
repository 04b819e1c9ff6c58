"""The only SQL of what was done about congestion."""

from datetime import datetime

from quanyu.core.actor import Actor
from quanyu.packs import Connection
from quanyu.scenarios.parking.causes import Cause
from quanyu.scenarios.parking.measures import Action, Measure


async def add(connection: Connection, actor: Actor, action: Action, now: datetime) -> int:
    number: int = await connection.fetchval(
        """insert into parking_action(tenant, street, cause, measure, what, control, day, hours, author, author_name, accepted)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id""",
        actor.tenant, action.street, action.cause, action.measure, action.what, action.control, action.day, list(action.hours),
        actor.id, actor.name, now,
    )  # fmt: skip
    return number


async def newest(connection: Connection, tenant: str, limit: int) -> list[tuple[int, Action, str, datetime]]:
    """With who accepted it, and when."""
    rows = await connection.fetch(
        "select * from parking_action where tenant=$1 order by day desc, id desc limit $2", tenant, limit
    )
    return [
        (
            row["id"],
            Action(
                street=row["street"], control=row["control"], cause=Cause(row["cause"]), measure=Measure(row["measure"]),
                what=row["what"], day=row["day"], hours=tuple(row["hours"]),
            ),
            row["author_name"],
            row["accepted"],
        )
        for row in rows
    ]  # fmt: skip


async def remove(connection: Connection, tenant: str, number: int) -> bool:
    done = await connection.execute("delete from parking_action where tenant=$1 and id=$2", tenant, number)
    return bool(done == "DELETE 1")
