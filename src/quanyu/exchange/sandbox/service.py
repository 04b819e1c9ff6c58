"""Trials on data that does not leave: counted and noted like every call, checked, released by a person of the provider."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from quanyu.compute.city_roads import NETWORKS
from quanyu.compute.processes import execute, process_of
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict, Denied, Invalid, NotFound
from quanyu.exchange import notices
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.contracts.model import State as ContractState
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.coverage import Ask
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.parties import check_consumer, check_seen, check_side, is_side
from quanyu.exchange.policy import Terms, Way
from quanyu.exchange.policy.grammar import tables_of
from quanyu.exchange.sandbox import _sql
from quanyu.exchange.sandbox.model import (
    MOST_INPUT_ROWS,
    MOST_RESULT_ROWS,
    SMALLEST_GROUP,
    Decision,
    State,
    Trial,
    Wanted,
    columns_of,
    findings,
    shaped,
)
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Connection


@dataclass(frozen=True, slots=True)
class Sandbox:
    """`deliveries` is the one enforcement, here as everywhere."""

    deliveries: Deliveries

    async def run(self, actor: Actor, contract: str, wanted: Wanted) -> Trial:
        """Raises Conflict for an algorithm that the contract does not name, and whatever a governed call raises."""
        found, terms = await self._contract(actor, contract)
        if wanted.algorithm and wanted.algorithm not in terms.algorithms:
            raise Conflict("exchange.sandbox.not_approved", algorithm=wanted.algorithm, id=contract)
        rows = await self.deliveries.rows(actor, _ask(found, wanted))
        result, records = (
            (await self._computed(actor, wanted, rows), rows) if wanted.algorithm else (rows, [])
        )
        return await self._kept(actor, found, wanted, result, findings(terms, result, records))

    async def decide(self, actor: Actor, id: str, decision: Decision) -> Trial:
        """By a person of the provider. Raises Conflict for what does not wait."""
        now = self.deliveries.clock()
        async with self.deliveries.database.tenant(actor.tenant) as connection:
            found = await self._seen(connection, actor, id, lock=True)
            check_side(actor, found.provider, "share.answer", id)
            if found.state is not State.WAITING:
                raise Conflict("exchange.sandbox.decided", id=id, state=found.state.value)
            if found.actor == actor.id:
                raise Conflict("exchange.sandbox.own", id=id)
            state = State.RELEASED if decision.release else State.WITHHELD
            await _sql.decide(
                connection, actor.tenant, id, state, by=actor.id, reason=decision.reason, now=now
            )
            await _note(connection, actor, found, state.value, reason=decision.reason)
            await notices.tell(connection, actor.tenant, found.consumer, f"sandbox_{state}", id, found.dataset, now, reason=decision.reason)  # fmt: skip
            return await self._seen(connection, actor, id)

    async def result(self, actor: Actor, id: str) -> Any:
        """For the consumer, once it is released and as long as the contract is in force. Raises Denied, Conflict."""
        now = self.deliveries.clock()
        async with self.deliveries.database.tenant(actor.tenant) as connection:
            found = await self._seen(connection, actor, id)
            contract = await Contracts(connection, actor, now).one(found.contract)
            check_consumer(actor, contract.consumer, "share.use", id)
            if found.state is not State.RELEASED:
                raise Conflict("exchange.sandbox.not_released", id=id, state=found.state.value)
            if (
                contract.state is not ContractState.ACTIVE
                or contract.terms is None
                or now >= contract.terms.ends
            ):
                raise Denied("exchange.contract.cut", id=contract.id)
            await _sql.note_taken(connection, actor.tenant, id, now)
            await _note(connection, actor, found, "taken")
        return found.result

    async def view(self, actor: Actor, id: str) -> Trial:
        """With its result for the provider, who decides."""
        async with self.deliveries.database.tenant(actor.tenant) as connection:
            return await self._seen(connection, actor, id)

    async def _contract(self, actor: Actor, id: str) -> tuple[Contract, Terms]:
        async with self.deliveries.database.tenant(actor.tenant) as connection:
            found = await Contracts(connection, actor, self.deliveries.clock()).one(id)
        check_seen(actor, found.deal, id)
        check_consumer(actor, found.consumer, "share.use", id)
        if found.terms is None:
            raise Conflict("exchange.contract.not_here", id=id, state=found.state)
        return found, found.terms

    async def _computed(self, actor: Actor, wanted: Wanted, rows: list[dict[str, Any]]) -> Mapping[str, Any]:
        if not wanted.into:
            raise Invalid("exchange.sandbox.into")
        process = process_of(wanted.algorithm)
        async with self.deliveries.database.tenant(actor.tenant) as connection:
            graph = await NETWORKS.of(connection, actor.tenant) if process.on_roads else None
        given = shaped(rows, wanted.shape)
        done = await asyncio.to_thread(execute, process, graph, {**wanted.inputs, wanted.into: given})
        return done.outputs

    async def _kept(
        self, actor: Actor, contract: Contract, wanted: Wanted, result: Any, faults: tuple[Any, ...]
    ) -> Trial:
        now = self.deliveries.clock()
        async with self.deliveries.database.tenant(actor.tenant) as connection:
            made = Trial(
                id=await contracts_sql.number(connection, "S", now), contract=contract.id, dataset=contract.dataset,
                provider=contract.provider, consumer=contract.consumer.organisation, query=wanted.sql, algorithm=wanted.algorithm,
                purpose=wanted.purpose, state=State.HELD if faults else State.WAITING, faults=faults, columns=columns_of(result),
                rows=len(result) if isinstance(result, list) else 1, actor=actor.id, actor_name=actor.name, at=now,
                result=None if faults else result,
            )  # fmt: skip
            await _sql.add(connection, actor.tenant, made)
            await _note(
                connection,
                actor,
                made,
                "run",
                query=wanted.sql[:2000],
                algorithm=wanted.algorithm,
                state=made.state,
            )
            if not faults:
                await notices.tell(
                    connection, actor.tenant, made.provider, "sandbox_waiting", made.id, made.dataset, now
                )
            return await self._seen(connection, actor, made.id)

    async def _seen(self, connection: Connection, actor: Actor, id: str, *, lock: bool = False) -> Trial:
        """Raises NotFound, also for a trial of others; whoever only waits for the result does not see it here."""
        found = await _sql.one(connection, id, lock=lock)
        provides = found is not None and is_side(actor, found.provider, "share.answer")
        if found is None or not (provides or is_side(actor, found.consumer, "share.read")):
            raise NotFound("exchange.unknown", id=id[:40])
        return found if provides or found.state is State.RELEASED else _without_result(found)


def _ask(contract: Contract, wanted: Wanted) -> Ask:
    """Records for an algorithm; for SQL groups that are large enough."""
    alone = not wanted.algorithm
    return Ask(
        party=contract.consumer, sql=wanted.sql, datasets=tuple(sorted(tables_of(wanted.sql))), way=Way.SANDBOX,
        contracts=(contract.id,), purpose=wanted.purpose, group=SMALLEST_GROUP if alone else 0,
        most=MOST_RESULT_ROWS + 1 if alone else MOST_INPUT_ROWS,
    )  # fmt: skip


def _without_result(found: Trial) -> Trial:
    return msgspec.structs.replace(found, result=None)


async def _note(connection: Connection, actor: Actor, about: Trial, what: str, **detail: Any) -> None:
    resource = Resource("share", about.id, actor.tenant, about.provider)
    said = {"contract": about.contract, "consumer": about.consumer, **detail}
    await append_evidence(connection, actor, f"share.sandbox.{what}", resource, Outcome.DONE, said)
