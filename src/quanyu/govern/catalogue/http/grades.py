"""The grade of a dataset: what was found, what follows, and its confirmation by a person."""

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from quanyu.govern.catalogue import service
from quanyu.govern.catalogue.http.asking import Asker, Name, TheClock, TheDatabase, entry_for, resource_of
from quanyu.govern.grading import service as grading
from quanyu.govern.grading.model import Grade, Grading
from quanyu.identity import Outcome, append_evidence


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """Columns that get another grade than the suggested one; all others are confirmed as suggested."""

    columns: dict[str, Grade] = {}
    reason: str = ""


@get("/api/v1/catalogue/{name:str}/grade", opt={"action": "catalogue.read"})
async def grade(name: Name, actor: Asker, database: TheDatabase) -> Grading:
    async with database.tenant(actor.tenant) as connection:
        await entry_for(connection, actor, name, "catalogue.read")
        return await grading.find(connection, name)


@post("/api/v1/catalogue/{name:str}/grade/confirm", opt={"action": "grade.confirm"}, status_code=200)
async def confirm(
    name: Name, data: JSONBody[Confirmation], actor: Asker, database: TheDatabase, clock: TheClock
) -> Grading:
    """Recorded in the evidence chain with the grade before and after."""
    at = clock()
    async with database.tenant(actor.tenant) as connection:
        entry = await entry_for(connection, actor, name, "grade.confirm")
        await service.hold(connection, name)
        decided = await grading.confirm(
            connection, actor.tenant, name, columns=data.columns, reason=data.reason, author=actor.id, at=at
        )
        await service.take_grading(connection, actor.tenant, name, decided, at=at)
        detail = {
            "before": entry.facts.grade,
            "after": decided.grade,
            "columns": data.columns,
            "reason": data.reason,
        }
        await append_evidence(
            connection, actor, "grade.confirm", resource_of(actor, entry), Outcome.ALLOWED, detail
        )
    return decided


routes = (grade, confirm)
