"""The only SQL of contracts, their versions and what they have used up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from quanyu.exchange.contracts.model import Contract, Origin, State, Usage, Version, VersionState
from quanyu.exchange.parties import Party
from quanyu.exchange.policy import Terms
from quanyu.store import Connection

_CONTRACT = (
    "id, request, dataset, provider, consumer, consumer_node, state, version, terms, reason, delete_by, deleted, "
    "created, modified"
)
_VERSION = "version, terms, hash, state, proposed_by, author, at, decided_by, decided_at, reason"
_USAGE = "calls, refused, rows, bytes, epsilon, last"
_BOTH = f"{_CONTRACT}, {_USAGE}"


async def number(connection: Connection, kind: str, now: datetime) -> str:
    """What people are told: a letter for the kind, the day, and a number that nothing else has."""
    drawn: int = await connection.fetchval("select nextval('share_number')")
    return f"{kind}{now:%Y%m%d}{drawn:06}"


async def add(connection: Connection, tenant: str, contract: Contract, secret: bytes) -> None:
    await connection.execute(
        "insert into share_contract (tenant, id, request, dataset, provider, consumer, consumer_node, state, secret, "
        "created, modified) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        tenant, contract.id, contract.request, contract.dataset, contract.provider, contract.consumer.organisation,
        contract.consumer.node, contract.state, secret, contract.created,
    )  # fmt: skip
    await connection.execute(
        "insert into share_usage (tenant, contract) values ($1, $2)", tenant, contract.id
    )


async def contract(connection: Connection, id: str, *, lock: bool = False) -> Contract | None:
    row = await connection.fetchrow(
        f"select {_CONTRACT} from share_contract where id = $1" + (" for update" if lock else ""), id
    )
    return _contract(row) if row else None


async def contracts(connection: Connection, ids: Sequence[str]) -> list[Contract]:
    rows = await connection.fetch(
        f"select {_CONTRACT} from share_contract where id = any($1) order by id", list(ids)
    )
    return [_contract(row) for row in rows]


async def find(
    connection: Connection, *, bodies: Sequence[str] | None, dataset: str | None, state: str | None,
    after: tuple[datetime, str], limit: int,
) -> list[Contract]:  # fmt: skip
    """Newest first; `bodies` are a side of them, None is all."""
    rows = await connection.fetch(
        f"select {_CONTRACT} from share_contract where ($1::text[] is null or provider = any($1) "
        "or (consumer = any($1) and consumer_node = '')) and ($2::text is null or dataset = $2) "
        "and ($3::text is null or state = $3) and (created, id) < ($4, $5) order by created desc, id desc limit $6",
        None if bodies is None else list(bodies), dataset, state, *after, limit,
    )  # fmt: skip
    return [_contract(row) for row in rows]


async def without_onward(
    connection: Connection, datasets: Sequence[str], body: str
) -> tuple[str, str, str] | None:
    """Contract, dataset and provider of what this body was once given and may not pass on; the newest."""
    row = await connection.fetchrow(
        "select id, dataset, provider from share_contract where dataset = any($1) and consumer = $2 and consumer_node = '' "
        "and provider <> $2 and version > 0 and not coalesce((terms ->> 'onward')::boolean, false) order by created desc limit 1",
        list(datasets), body,
    )  # fmt: skip
    return tuple(row) if row else None


async def active(
    connection: Connection, consumer: Party, datasets: Sequence[str]
) -> list[tuple[Contract, Usage]]:
    """In force or not any more, so that whoever asks hears why they get nothing."""
    rows = await connection.fetch(
        f"select {_BOTH} from share_contract as k join share_usage as u on u.tenant = k.tenant and u.contract = k.id "
        "where consumer = $1 and consumer_node = $2 and dataset = any($3) and state <> 'offered' order by id",
        consumer.organisation, consumer.node, list(datasets),
    )  # fmt: skip
    return [_with_usage(row) for row in rows]


async def given_to(connection: Connection, consumer: Party, now: datetime) -> list[Contract]:
    """In force, the newest first."""
    rows = await connection.fetch(
        f"select {_CONTRACT} from share_contract where consumer = $1 and consumer_node = $2 and state = 'active' and ends > $3 "
        "order by created desc, id desc",
        consumer.organisation, consumer.node, now,
    )  # fmt: skip
    return [_contract(row) for row in rows]


async def locked(connection: Connection, ids: Sequence[str]) -> list[tuple[Contract, Usage]]:
    """Their usage locked in the order of their ids, so that two calls over the same contracts never wait for each other."""
    rows = await connection.fetch(
        f"select {_BOTH} from share_contract as k join share_usage as u on u.tenant = k.tenant and u.contract = k.id "
        "where id = any($1) order by id for update of u",
        list(ids),
    )  # fmt: skip
    return [_with_usage(row) for row in rows]


async def running_out(connection: Connection, now: datetime, limit: int) -> list[str]:
    rows = await connection.fetch(
        "select id from share_contract where state in ('active', 'suspended') and ends <= $1 "
        "order by ends limit $2 for update skip locked",
        now, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def secret(connection: Connection, id: str) -> bytes:
    found: bytes = await connection.fetchval("select secret from share_contract where id = $1", id)
    return found


async def version_of(connection: Connection, dataset: str) -> int:
    """Of a dataset; 0 where there is none."""
    found: int | None = await connection.fetchval("select version from dataset where name = $1", dataset)
    return found or 0


async def origin_of(connection: Connection, dataset: str, provider: str | None) -> Origin | None:
    row = await connection.fetchrow(
        "select name as dataset, coalesce($2, owner) as owner, version, modified as as_of from dataset where name = $1",
        dataset, provider,
    )  # fmt: skip
    return Origin(**dict(row)) if row else None


async def move(
    connection: Connection, tenant: str, id: str, state: State, *, reason: str, delete_by: datetime | None, now: datetime
) -> None:  # fmt: skip
    await connection.execute(
        "update share_contract set state = $3, reason = $4, delete_by = coalesce($5, delete_by), modified = $6 "
        "where tenant = $1 and id = $2",
        tenant, id, state, reason, delete_by, now,
    )  # fmt: skip


async def put_in_force(
    connection: Connection, tenant: str, id: str, version: int, terms: Terms, *, now: datetime
) -> None:
    await connection.execute(
        "update share_contract set version = $3, terms = $4, starts = $5, ends = $6, modified = $7, "
        "state = case when state in ('offered', 'expired') then 'active' else state end, delete_by = null "
        "where tenant = $1 and id = $2",
        tenant, id, version, msgspec.to_builtins(terms), terms.starts, terms.ends, now,
    )  # fmt: skip


async def note_deletion(connection: Connection, tenant: str, id: str, *, by: str, now: datetime) -> None:
    await connection.execute(
        "update share_contract set deleted = $3, deleted_by = $4 where tenant = $1 and id = $2",
        tenant, id, now, by,
    )  # fmt: skip


async def overdue_deletions(connection: Connection, consumer: Party, now: datetime) -> list[str]:
    rows = await connection.fetch(
        "select id from share_contract where consumer = $1 and consumer_node = $2 and deleted is null and delete_by < $3",
        consumer.organisation, consumer.node, now,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def propose(connection: Connection, tenant: str, id: str, made: Version) -> int:
    """A proposal that still waits is superseded by it."""
    await connection.execute(
        "update share_contract_version set state = 'superseded' where tenant = $1 and contract = $2 and state = 'proposed'",
        tenant, id,
    )  # fmt: skip
    number: int = await connection.fetchval(
        "insert into share_contract_version (tenant, contract, version, terms, hash, state, proposed_by, author, at, reason) "
        "select $1, $2, 1 + coalesce(max(version), 0), $3, $4, 'proposed', $5, $6, $7, $8 "
        "from share_contract_version where tenant = $1 and contract = $2 returning version",
        tenant, id, msgspec.to_builtins(made.terms), made.hash, made.proposed_by, made.author, made.at, made.reason,
    )  # fmt: skip
    return number


async def decide(
    connection: Connection, tenant: str, id: str, version: int, state: VersionState, *, by: str, reason: str, now: datetime
) -> None:  # fmt: skip
    if state is VersionState.ACCEPTED:
        await connection.execute(
            "update share_contract_version set state = 'superseded' where tenant = $1 and contract = $2 and state = 'accepted'",
            tenant, id,
        )  # fmt: skip
    await connection.execute(
        "update share_contract_version set state = $4, decided_by = $5, decided_at = $6, "
        "reason = case when $7 = '' then reason else $7 end where tenant = $1 and contract = $2 and version = $3",
        tenant, id, version, state, by, now, reason,
    )  # fmt: skip


async def versions(connection: Connection, id: str) -> list[Version]:
    """Newest first."""
    rows = await connection.fetch(
        f"select {_VERSION} from share_contract_version where contract = $1 order by version desc", id
    )
    return [msgspec.convert(dict(row), Version) for row in rows]


async def usage(connection: Connection, id: str) -> Usage:
    row = await connection.fetchrow(f"select {_USAGE} from share_usage where contract = $1", id)
    return Usage(**dict(row)) if row else Usage()


async def usages(connection: Connection, ids: Sequence[str]) -> dict[str, Usage]:
    rows = await connection.fetch(
        f"select contract, {_USAGE} from share_usage where contract = any($1)", list(ids)
    )
    return {row["contract"]: Usage(**{name: row[name] for name in Usage.__struct_fields__}) for row in rows}


def _with_usage(row: asyncpg.Record) -> tuple[Contract, Usage]:
    usage = {name: row[name] for name in Usage.__struct_fields__}
    return _contract({name: value for name, value in row.items() if name not in usage}), Usage(**usage)


def _contract(row: Mapping[str, Any] | asyncpg.Record) -> Contract:
    values = dict(row)
    consumer = Party(organisation=values.pop("consumer"), node=values.pop("consumer_node"))
    terms = msgspec.convert(values.pop("terms"), Terms | None)
    return Contract(consumer=consumer, state=State(values.pop("state")), terms=terms, **values)
