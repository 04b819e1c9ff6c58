from datetime import UTC, datetime

from quanyu.govern.lineage.model import Edge, FieldStep, Node, NodeKind
from quanyu.govern.lineage.service import derived, exported, graph, record
from quanyu.store import Database

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def dataset(name: str) -> Node:
    return Node(kind=NodeKind.DATASET, id=name)


async def test_a_graph_reaches_from_the_file_to_the_export(database: Database, tenant: str) -> None:
    file, step = Node(kind=NodeKind.FILE, id="f" * 64), Node(kind=NodeKind.IMPORT, id="i1")
    fields = (FieldStep(before="编 号", after="code"),)
    async with database.tenant(tenant) as connection:
        edges = [
            Edge(
                origin=file,
                target=step,
                at=NOW,
                fields=fields,
                detail={"name": "covers.xlsx", "header_line": 3},
            ),
            Edge(origin=step, target=dataset("covers"), at=NOW),
            *derived("counts", ["covers"], at=NOW, how="select count(*)"),
            exported("covers", "e1", at=NOW, to="province"),
        ]
        await record(connection, tenant, edges)
        found = await graph(connection, dataset("covers"), steps=2)
    assert {node.kind for node in found.nodes} == {
        NodeKind.FILE,
        NodeKind.IMPORT,
        NodeKind.DATASET,
        NodeKind.DERIVED,
        NodeKind.EXPORT,
    }
    assert next(edge for edge in found.edges if edge.origin == file).fields == fields


async def test_what_lies_further_away_is_left_out(database: Database, tenant: str) -> None:
    chain = [Edge(origin=dataset(f"d{n}"), target=dataset(f"d{n + 1}"), at=NOW) for n in range(5)]
    async with database.tenant(tenant) as connection:
        await record(connection, tenant, chain)
        found = await graph(connection, dataset("d0"), steps=2)
    assert [node.id for node in found.nodes] == ["d0", "d1", "d2"]


async def test_siblings_are_no_ancestors(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await record(
            connection,
            tenant,
            [*derived("a", ["covers"], at=NOW, how="x"), *derived("b", ["covers"], at=NOW, how="y")],
        )
        found = await graph(connection, Node(kind=NodeKind.DERIVED, id="a"), steps=4)
    assert [node.id for node in found.nodes] == ["covers", "a"]


async def test_data_that_goes_round_in_a_circle_ends(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        there, back = dataset("there"), dataset("back")
        await record(
            connection,
            tenant,
            [Edge(origin=there, target=back, at=NOW), Edge(origin=back, target=there, at=NOW)],
        )
        assert len((await graph(connection, there, steps=6)).edges) == 2
