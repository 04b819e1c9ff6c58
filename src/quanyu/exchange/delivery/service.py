"""A governed call from the question to the last byte.

find      the contracts of the asker for every dataset that is named         or the reason why there is none
govern    the query keeps to them (`policy`)                                 or every fault of it
count     under lock: still in force, within rate and number; ledger and evidence in one transaction
run       the first rows are there before the answer begins, so that a failure is still an answer
stream    batch by batch; twice a second the contract is looked at, and when it is over the stream is cut
close     rows, bytes and hash into the ledger, with evidence
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from cryptography.hazmat.primitives import hashes

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Denied
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Origin, State
from quanyu.exchange.delivery.counting import Counting, Left
from quanyu.exchange.delivery.coverage import Ask, Covered, governed_by
from quanyu.exchange.delivery.engine import Engines, opened, told
from quanyu.exchange.delivery.formats import Format, Writer, writer
from quanyu.exchange.delivery.ledger import CallState
from quanyu.exchange.delivery.made import Made
from quanyu.exchange.delivery.origins import ORIGINS, told_of
from quanyu.exchange.policy import Governed
from quanyu.exchange.policy.masks import applied
from quanyu.query import Failed, Session
from quanyu.store import Database

_LOOK_SECONDS = 0.4
_PIECE_BYTES = 256 * 1024

Found = TypeVar("Found")


@dataclass(slots=True)
class Delivery:
    """An answer that has begun."""

    call: str
    actor: Actor
    contracts: tuple[str, ...]
    governed: Governed
    format: Format
    reader: pa.RecordBatchReader
    session: Session
    first: pa.RecordBatch | None
    made: Sequence[Made] = ()
    origins: tuple[Origin, ...] = ()
    tail: dict[str, Any] = field(default_factory=dict)
    rows: int = 0
    size: int = 0
    digest: hashes.Hash = field(default_factory=lambda: hashes.Hash(hashes.SM3()))

    @property
    def headers(self) -> dict[str, str]:
        return {
            "x-quanyu-call": self.call,
            "x-quanyu-contracts": ",".join(self.contracts),
            **({ORIGINS: told_of(self.origins)} if self.origins else {}),
            **({"x-quanyu-most-rows": str(self.governed.most)} if self.governed.most else {}),
        }


@dataclass(frozen=True, slots=True)
class Deliveries:
    database: Database
    folder: Path
    engines: Engines
    clock: Clock

    @property
    def counting(self) -> Counting:
        return Counting(self.database, self.folder, self.clock)

    async def begin(
        self, actor: Actor, ask: Ask, *, tail: Mapping[str, Any] | None = None, made: Sequence[Made] = ()
    ) -> Delivery:
        """`made`: tables beside the datasets, dropped with the answer or without it. Raises AccessDenied where no contract covers
        it, TooOften, or Invalid with every fault of the query."""
        try:
            return await self._begun(actor, ask, tail or {}, made)
        except BaseException:
            _drop(made)
            raise

    async def _begun(self, actor: Actor, ask: Ask, tail: Mapping[str, Any], made: Sequence[Made]) -> Delivery:
        covered = await self.counting.cover(actor, ask)
        tables = (*covered, *(one.covered for one in made))
        governed, session = await self.engines.work(partial(_prepared, self.engines, ask, tables))
        try:
            call = await self.counting.count(actor, ask, covered, governed)
        except BaseException:
            session.close()
            raise
        origins = tuple(one.origin for one in covered if one.origin)
        delivery = Delivery(
            call=call, actor=actor, contracts=tuple(one.id for each in covered for one in each.contracts),
            governed=governed, format=ask.format, reader=pa.RecordBatchReader.from_batches(pa.schema([]), []),
            session=session, first=None, made=made, origins=origins, tail={**tail, "call": call, "origins": origins},
        )  # fmt: skip
        patience = self.engines.patience
        try:
            begin = partial(_begun, session, governed)
            delivery.reader, delivery.first = await self._watched(delivery, begin, patience=patience)
        except BaseException:
            await self._close(delivery, CallState.FAILED)
            raise
        return delivery

    async def rows(self, actor: Actor, ask: Ask, *, made: Sequence[Made] = ()) -> list[dict[str, Any]]:
        """A small answer as values; counted like any other."""
        delivery = await self.begin(actor, ask, made=made)
        found, state = list[dict[str, Any]](), CallState.FAILED
        try:
            batch = delivery.first
            while batch is not None:
                found += batch.to_pylist()
                batch = await self._next(delivery)
            delivery.rows, state = len(found), CallState.DONE
        finally:
            await asyncio.shield(self._close(delivery, state))
        return found

    async def stream(self, delivery: Delivery) -> AsyncIterator[bytes]:
        """Raises Denied in the middle when the contract ends: what has left is less than was asked for, and looks so."""
        state = CallState.CUT
        try:
            async for content in self._pieces(delivery):
                delivery.size += len(content)
                delivery.digest.update(content)
                yield content
            state = CallState.DONE
        finally:
            await asyncio.shield(self._close(delivery, state))

    async def _written(self, delivery: Delivery) -> AsyncIterator[bytes]:
        schema = pa.schema(
            [
                one.with_type(pa.string()) if place in delivery.governed.afterwards else one
                for place, one in enumerate(delivery.reader.schema)
            ],
            metadata={ORIGINS: told_of(delivery.origins)},
        )
        made: Writer = writer(delivery.format, schema, delivery.tail)
        batch = delivery.first
        while batch is not None:
            delivery.rows += batch.num_rows
            yield await self.engines.work(partial(made.batch, batch))
            batch = await self._next(delivery)
        yield made.end()

    async def _pieces(self, delivery: Delivery) -> AsyncIterator[bytes]:
        """Small, so that a slow reader gets no more than one of them after the contract has ended."""
        looked = self._now()
        async for content in self._written(delivery):
            for begin in range(0, len(content), _PIECE_BYTES):
                if self._now() - looked > _LOOK_SECONDS:
                    await self._look(delivery)
                    looked = self._now()
                yield content[begin : begin + _PIECE_BYTES]

    async def _next(self, delivery: Delivery) -> pa.RecordBatch | None:
        """The next batch, masked."""
        return await self._watched(delivery, partial(_read, delivery.reader, delivery.governed.afterwards))

    async def _watched(
        self, delivery: Delivery, work: Callable[[], Found], *, patience: float | None = None
    ) -> Found:
        """Work of the engine in a thread; while it is waited for, the contract is looked at."""
        waiting = asyncio.create_task(self.engines.work(work))
        began = self._now()
        try:
            while not (await asyncio.wait({waiting}, timeout=_LOOK_SECONDS))[0]:
                await self._look(delivery)
                if patience is not None and self._now() - began > patience:
                    delivery.session.interrupt()
        except BaseException:
            await _stopped(waiting, delivery.session)
            raise
        return waiting.result()

    async def _look(self, delivery: Delivery) -> None:
        """Raises Denied once a contract of the delivery is not in force any more."""
        async with self.database.tenant(delivery.actor.tenant) as connection:
            for one in await contracts_sql.contracts(connection, delivery.contracts):
                over = one.terms is None or self.clock() >= one.terms.ends
                if one.state is not State.ACTIVE or over:
                    raise Denied("exchange.contract.cut", id=one.id)

    async def _close(self, delivery: Delivery, state: CallState) -> None:
        await asyncio.to_thread(delivery.session.close)
        _drop(delivery.made)
        left = Left(rows=delivery.rows, size=delivery.size, digest=delivery.digest.finalize().hex())
        await self.counting.close(delivery.actor, delivery.call, state, left)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


async def _stopped(waiting: asyncio.Task[Any], session: Session) -> None:
    """An interrupt that comes before the engine has begun is lost, so it is said until it is heard."""
    while not waiting.done():
        session.interrupt()
        await asyncio.wait({waiting}, timeout=0.05)


def _drop(made: Sequence[Made]) -> None:
    for one in made:
        one.drop()


def _prepared(engines: Engines, ask: Ask, covered: Sequence[Covered]) -> tuple[Governed, Session]:
    governed = governed_by(engines, ask, covered)
    return governed, engines.session(path for one in covered for path in one.files)


def _begun(session: Session, governed: Governed) -> tuple[pa.RecordBatchReader, pa.RecordBatch | None]:
    """With the first batch, masked."""
    reader = opened(session, governed.sql, governed.parameters)
    return reader, _read(reader, governed.afterwards)


def _read(reader: pa.RecordBatchReader, work: Mapping[int, Any]) -> pa.RecordBatch | None:
    try:
        batch = reader.read_next_batch()
    except StopIteration:
        return None
    except Failed as error:
        raise told(error) from None
    return applied(batch, work)
