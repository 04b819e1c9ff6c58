"""The only SQL of cases over nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from quanyu.federation.cases.model import SharedStep
from quanyu.store import Connection
from quanyu.workflow import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A case here that another node works on as well. Without the `secret`, `shared` is only a name."""

    shared: str
    secret: str
    peer: str
    took: bool
    case_id: str
    work: str
    peer_state: str | None
    told: dict[str, int]
    told_state: str


_LINK = "shared, secret, peer, role = 'took' as took, case_id, work, peer_state, told, told_state"


async def set_bodies(connection: Connection, tenant: str, node: str, bodies: Sequence[str]) -> None:
    await connection.execute("delete from federation_body where node = $1", node)
    await connection.executemany(
        """insert into federation_body (tenant, organisation, node) values ($1, $2, $3)
           on conflict (tenant, organisation) do update set node = $3""",
        [(tenant, body, node) for body in bodies],
    )


async def waiting_assignments(connection: Connection, limit: int) -> list[tuple[str, str, str, str]]:
    """Work, case, organisation and node of what is handed to a body of another node and not told there yet."""
    rows = await connection.fetch(
        """select t.instance, t.subject, t.organisation, b.node from workflow_task t
           join federation_body b on b.tenant = t.tenant and b.organisation = t.organisation
           where t.definition = 'assignment'
             and not exists (select 1 from federation_case c
                             where c.tenant = t.tenant and c.work = t.instance and c.peer = b.node)
           order by t.instance limit $1""",
        limit,
    )
    return [(row["instance"], row["subject"], row["organisation"], row["node"]) for row in rows]


async def shared_name(connection: Connection, case_id: str) -> tuple[str, str] | None:
    """The identity that the case has at other nodes already, and its secret."""
    row = await connection.fetchrow(
        "select shared, secret from federation_case where case_id = $1 order by since limit 1", case_id
    )
    return (row["shared"], row["secret"]) if row else None


async def add_link(connection: Connection, tenant: str, link: Link, now: datetime) -> None:
    """The same case handed to the same node again waits with its new work."""
    await connection.execute(
        """insert into federation_case (tenant, shared, peer, role, case_id, work, since, secret)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict (tenant, shared, peer) do update set work = $6""",
        tenant, link.shared, link.peer, "took" if link.took else "gave", link.case_id, link.work, now, link.secret,
    )  # fmt: skip


async def link(connection: Connection, shared: str, peer: str) -> Link | None:
    row = await connection.fetchrow(
        f"select {_LINK} from federation_case where shared = $1 and peer = $2 for update", shared, peer
    )
    return Link(**dict(row)) if row else None


async def links_of(connection: Connection, case_id: str) -> list[Link]:
    rows = await connection.fetch(
        f"select {_LINK} from federation_case where case_id = $1 order by peer", case_id
    )
    return [Link(**dict(row)) for row in rows]


async def behind(connection: Connection, limit: int) -> list[Link]:
    """Links whose peer has not been told all: of steps here, of steps told by others, or of the state."""
    rows = await connection.fetch(
        f"""select {_LINK} from federation_case l
            where l.told_state is distinct from
                  (select c.state from case_record c where c.tenant = l.tenant and c.id = l.case_id)
               or exists (select 1 from workflow_instance i join workflow_step s on s.tenant = i.tenant and s.instance = i.id
                          where i.tenant = l.tenant and i.subject = l.case_id
                            and s.number > coalesce((l.told->>('|' || i.id))::integer, 0))
               or exists (select 1 from federation_case_step f
                          where f.tenant = l.tenant and f.shared = l.shared and f.secret = l.secret and f.node <> l.peer
                            and f.number > coalesce((l.told->>(f.node || '|' || f.work))::integer, 0))
            order by l.since limit $1""",
        limit,
    )
    return [Link(**dict(row)) for row in rows]


async def own_steps(connection: Connection, case_id: str) -> list[tuple[str, Step]]:
    """Work and step, of the case and of all work that it called."""
    rows = await connection.fetch(
        """select s.instance, s.body from workflow_instance i
           join workflow_step s on s.tenant = i.tenant and s.instance = i.id
           where i.subject = $1 order by s.at, s.instance, s.number""",
        case_id,
    )
    return [(row["instance"], msgspec.convert(row["body"], Step)) for row in rows]


async def told_steps(connection: Connection, shared: str, secret: str) -> list[SharedStep]:
    rows = await connection.fetch(
        "select node, work, step from federation_case_step where shared = $1 and secret = $2 order by at, node, work, number",
        shared, secret,
    )  # fmt: skip
    return [
        SharedStep(node=row["node"], work=row["work"], step=msgspec.convert(row["step"], Step))
        for row in rows
    ]


async def add_steps(connection: Connection, tenant: str, link: Link, steps: Sequence[SharedStep]) -> None:
    await connection.executemany(
        """insert into federation_case_step (tenant, shared, node, work, number, at, step, secret)
           values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing""",
        [
            (tenant, link.shared, one.node, one.work, one.step.number, one.step.at, msgspec.to_builtins(one.step), link.secret)
            for one in steps
        ],
    )  # fmt: skip


async def set_told(connection: Connection, link: Link, told: dict[str, int], state: str) -> None:
    await connection.execute(
        "update federation_case set told = $3, told_state = $4 where shared = $1 and peer = $2",
        link.shared, link.peer, told, state,
    )  # fmt: skip


async def set_peer_state(connection: Connection, link: Link, state: str) -> None:
    await connection.execute(
        "update federation_case set peer_state = $3 where shared = $1 and peer = $2",
        link.shared, link.peer, state,
    )  # fmt: skip
