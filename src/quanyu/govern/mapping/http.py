"""Routes of mappings: see what is proposed or decided, decide, propose for columns that are not imported yet."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post, put
from litestar.params import JSONBody, PathParameter

from quanyu.core.actor import Actor, Resource
from quanyu.core.messages import preferred_language, text
from quanyu.core.profile import ColumnProfile
from quanyu.govern.imports import service as imports
from quanyu.govern.mapping import service
from quanyu.govern.mapping.file import read_mapping
from quanyu.govern.mapping.model import Alternative, ColumnProposal, Mapping, MappingProposal
from quanyu.identity import require
from quanyu.identity.http.asking import Asker, TheClock, TheDatabase
from quanyu.store import Connection

Name = Annotated[str, PathParameter(max_length=63)]


class ColumnAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`why` is for the reader, in their language."""

    column: str
    label: str
    attribute: str | None
    confidence: float
    reason: str
    why: str
    examples: tuple[str, ...]


class MappingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    mapping: Mapping
    confidence: float
    remembered: bool
    columns: list[ColumnAnswer]
    alternatives: tuple[Alternative, ...]


class ProposalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`dataset` is the name of the dataset or the file; `model` asks for that model."""

    columns: tuple[ColumnProfile, ...]
    dataset: str = ""
    model: str | None = None
    crs: str | None = None


@get("/api/v1/datasets/{name:str}/mapping", opt={"action": "dataset.read"})
async def get_mapping(
    request: Request[Any, Any, Any], actor: Asker, database: TheDatabase, clock: TheClock, name: Name
) -> MappingAnswer:
    async with database.tenant(actor.tenant) as connection:
        await _require(connection, actor, "dataset.read", name)
        return _answer(await service.proposal_of(connection, name, clock()), _language(request))


@put("/api/v1/datasets/{name:str}/mapping", opt={"action": "mapping.manage"})
async def put_mapping(
    request: Request[Any, Any, Any], actor: Asker, database: TheDatabase, clock: TheClock, name: Name
) -> MappingAnswer:
    """The body is a mapping as in docs/mapping.md. Every fault is named."""
    mapping = read_mapping(await request.body())
    now: datetime = clock()
    async with database.tenant(actor.tenant) as connection:
        await _require(connection, actor, "mapping.manage", name)
        await service.decide(connection, actor.tenant, name, mapping, actor=actor.id, at=now)
        return _answer(await service.proposal_of(connection, name, now), _language(request))


@post("/api/v1/mapping/propose", opt={"action": "dataset.import"}, status_code=200)
async def propose_mapping(
    request: Request[Any, Any, Any],
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    data: JSONBody[ProposalRequest],
) -> MappingAnswer:
    async with database.tenant(actor.tenant) as connection:
        found = await service.propose_for(
            connection, data.columns, dataset=data.dataset, at=clock(), model=data.model, crs=data.crs
        )
    return _answer(found, _language(request))


routes = (get_mapping, put_mapping, propose_mapping)


async def _require(connection: Connection, actor: Actor, action: str, name: str) -> None:
    found = await imports.dataset(connection, name)
    await require(
        connection, actor, action, Resource("dataset", name, actor.tenant, organisation=found.owner)
    )


def _language(request: Request[Any, Any, Any]) -> str:
    return preferred_language(request.headers.get("accept-language", ""))


def _answer(proposal: MappingProposal, language: str) -> MappingAnswer:
    return MappingAnswer(
        mapping=proposal.mapping,
        confidence=proposal.confidence,
        remembered=proposal.remembered,
        columns=[_column(column, language) for column in proposal.columns],
        alternatives=proposal.alternatives,
    )


def _column(column: ColumnProposal, language: str) -> ColumnAnswer:
    said = [text(f"govern.mapping.reason.{column.reason}", language, matched=column.matched)]
    said += [text(f"govern.mapping.evidence.{word}", language) for word in column.evidence]
    return ColumnAnswer(
        column=column.column, label=column.label, attribute=column.attribute, confidence=column.confidence,
        reason=column.reason, why="; ".join(said), examples=column.examples,
    )  # fmt: skip
