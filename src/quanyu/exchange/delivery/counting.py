"""What a call costs its contracts: counted under lock before a byte leaves, closed with what has left, refusals noted."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError, TooOften
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Contract, why_not
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery import ledger
from quanyu.exchange.delivery.coverage import Ask, Covered, NotCovered
from quanyu.exchange.delivery.coverage import cover as covered_by
from quanyu.exchange.delivery.ledger import Call, CallState
from quanyu.exchange.parties import resource
from quanyu.exchange.policy import Governed
from quanyu.govern.catalogue import service as catalogue
from quanyu.identity import AccessDenied, Outcome, append_evidence, record_denied
from quanyu.store import Connection, Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Of one call; `digest` is the SM3 of its bytes."""

    rows: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Counting:
    database: Database
    folder: Path
    clock: Clock

    async def cover(self, actor: Actor, ask: Ask) -> tuple[Covered, ...]:
        try:
            async with self.database.tenant(actor.tenant) as connection:
                return await covered_by(Contracts(connection, actor, self.clock()), ask, self.folder)
        except NotCovered as refused:
            await self._note_refusal(actor, refused, refused.contracts)
            raise

    async def count(self, actor: Actor, ask: Ask, covered: Sequence[Covered], governed: Governed) -> str:
        call, now = f"{self.clock():%Y%m%d}-{secrets.token_hex(8)}", self.clock()
        versions = {one.id: each.version for each in covered for one in each.contracts}
        try:
            async with self.database.tenant(actor.tenant) as connection:
                for one, used in await contracts_sql.locked(connection, sorted(versions)):
                    refusal = why_not(one, used, ask.way, now, epsilon=governed.epsilon)
                    if refusal is not None:
                        about = resource(actor, one.id, one.provider)
                        raise AccessDenied(actor, "share.use", about, refusal)
                    await _hold_rate(connection, one, now)
                    line = _line(actor, ask, one, call, now, versions[one.id])
                    await ledger.open_call(connection, actor.tenant, line, epsilon=governed.epsilon)
                await _record(connection, actor, ask, call, sorted(versions), governed)
                for each in covered:
                    await catalogue.count_use(connection, actor.tenant, each.dataset, "call", now)
        except (AccessDenied, TooOften) as refused:
            await self._note_refusal(actor, refused, sorted(versions))
            raise
        return call

    async def close(self, actor: Actor, call: str, state: CallState, left: Left) -> None:
        """What has left, with its hash; the same in ledger and evidence."""
        async with self.database.tenant(actor.tenant) as connection:
            await ledger.close_call(
                connection, actor.tenant, call, state=state, rows=left.rows, size=left.size, hash=left.digest, now=self.clock()
            )  # fmt: skip
            detail = {"state": state, "rows": left.rows, "bytes": left.size, "sm3": left.digest}
            about = Resource("share", call, actor.tenant)
            done = Outcome.DONE if state is CallState.DONE else Outcome.FAILED
            await append_evidence(connection, actor, "share.delivered", about, done, detail)

    async def _note_refusal(self, actor: Actor, refused: QuanyuError, contracts: Sequence[str]) -> None:
        """A denial is evidence wherever it is answered; that somebody asked too often is written here."""
        async with self.database.tenant(actor.tenant) as connection:
            for id in contracts:
                await ledger.count_refusal(connection, actor.tenant, id)
        if isinstance(refused, TooOften):
            about = resource(actor, str(refused.values["id"]))
            await record_denied(self.database, actor, "share.use", about, refused.key)


async def _hold_rate(connection: Connection, contract: Contract, now: datetime) -> None:
    rate = contract.terms.rate if contract.terms else None
    if rate and (seconds := await ledger.seconds_too_early(connection, contract.id, rate, now)):
        raise TooOften(
            "exchange.contract.rate", seconds=seconds, id=contract.id, number=rate.number, per=rate.per.value
        )


def _line(actor: Actor, ask: Ask, contract: Contract, call: str, now: datetime, version: int) -> Call:
    return Call(
        contract=contract.id, id=call, at=now, actor=actor.id, actor_name=actor.name,
        consumer=contract.consumer.organisation, purpose=ask.purpose or (contract.terms.purpose if contract.terms else ""),
        way=ask.way, query=(ask.said or ask.sql)[:20_000], format=ask.format, dataset_version=version,
    )  # fmt: skip


async def _record(
    connection: Connection, actor: Actor, ask: Ask, call: str, contracts: Sequence[str], governed: Governed
) -> None:
    detail = {
        "contracts": list(contracts), "datasets": list(ask.datasets), "way": ask.way, "purpose": ask.purpose,
        "consumer": ask.party.organisation, "node": ask.party.node, "query": (ask.said or ask.sql)[:2000],
        "columns": list(governed.columns),
    }  # fmt: skip
    about = Resource("share", call, actor.tenant)
    await append_evidence(connection, actor, ask.action, about, Outcome.ALLOWED, detail)
