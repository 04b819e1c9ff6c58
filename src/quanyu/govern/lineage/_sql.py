"""The only SQL of lineage_edge."""

from collections.abc import Sequence

from quanyu.govern.lineage.model import Edge, FieldStep, Node, NodeKind
from quanyu.store import Connection

MAX_EDGES = 500


async def put(connection: Connection, tenant: str, edges: Sequence[Edge]) -> None:
    """The same step again brings its fields and time up to date."""
    await connection.executemany(
        """insert into lineage_edge (tenant, from_kind, from_id, to_kind, to_id, fields, detail, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant, from_kind, from_id, to_kind, to_id)
        do update set fields = excluded.fields, detail = excluded.detail, at = excluded.at""",
        [
            (
                tenant,
                edge.origin.kind,
                edge.origin.id,
                edge.target.kind,
                edge.target.id,
                edge.fields,
                edge.detail,
                edge.at,
            )
            for edge in edges
        ],
    )


async def around(connection: Connection, centre: Node, steps: int) -> list[Edge]:
    """Edges up to `steps` before and after `centre`, never turning on the way; newest first, at most MAX_EDGES + 1."""
    rows = await connection.fetch(_AROUND, centre.kind, centre.id, steps, MAX_EDGES + 1)
    return [
        Edge(
            origin=Node(kind=NodeKind(row["from_kind"]), id=row["from_id"]),
            target=Node(kind=NodeKind(row["to_kind"]), id=row["to_id"]),
            at=row["at"],
            fields=tuple(FieldStep(**step) for step in row["fields"]),
            detail=row["detail"],
        )
        for row in rows
    ]


_AROUND = """
with recursive before (kind, id, step) as (
    select $1::text, $2::text, 0
    union
    select from_kind, from_id, step + 1 from before join lineage_edge on to_kind = kind and to_id = id where step < $3
), after (kind, id, step) as (
    select $1::text, $2::text, 0
    union
    select to_kind, to_id, step + 1 from after join lineage_edge on from_kind = kind and from_id = id where step < $3
)
select * from lineage_edge
where (to_kind, to_id) in (select kind, id from before where step < $3)
   or (from_kind, from_id) in (select kind, id from after where step < $3)
order by at desc limit $4
"""
