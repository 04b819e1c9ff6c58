"""Commands on other nodes: init, invite, join, list, trust, revoke, rotate; and the check of a proof."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from cyclopts import App

from quanyu.app import wiring
from quanyu.app.cli.files import read
from quanyu.app.cli.tables import show_table
from quanyu.app.cli.terminal import language, say, with_node
from quanyu.app.node import Node
from quanyu.core.messages import text
from quanyu.federation import (
    Identity,
    Level,
    Mail,
    Nodes,
    Peer,
    Suite,
    cascade,
    peers,
    read_invitation,
    verify,
)
from quanyu.identity import local_operator

app = App(name="node", help="Other nodes: province, city, county, department, company.")

Told = TypeVar("Told")


@app.command
def init(
    id: str,
    name: str,
    *,
    level: Level,
    region: str = "",
    url: str | None = None,
    name_en: str = "",
    suite: Suite = Suite.ED25519,
    data: Path | None = None,
) -> None:
    """Give this node an identity and a key, or change its name and address.

    Parameters
    ----------
    id
        Short name in lower case, e.g. jiangzhou; stays for ever.
    name
        What people call it, e.g. 江州市.
    level
        Level of the body that runs it.
    region
        Its region code (GB/T 2260).
    url
        Address under which other nodes reach it; without one it fetches what is for it.
    name_en
        What people who read English call it.
    suite
        How it signs: Ed25519, or SM2 with SM3.
    data
        Data folder.
    """
    identity = Identity(id=id, name=name, level=level, region=region, url=url, name_en=name_en)

    async def work(nodes: Nodes) -> None:
        card = (await nodes.init(identity, suite)).body
        say("app.cli.node.self", id=card.id, name=card.name, signer=card.keys[0].id)

    _with_nodes(data, work)


@app.command
def invite(level: Level, *, data: Path | None = None) -> None:
    """Print an invitation for one node of that level; it is good for a week and one use.

    Parameters
    ----------
    level
        Level of the body that may join.
    data
        Data folder.
    """

    async def work(nodes: Nodes) -> None:
        print(await nodes.invite(level))

    _with_nodes(data, work)


@app.command
def join(invitation: str, *, data: Path | None = None) -> None:
    """Join the node that made the invitation.

    Parameters
    ----------
    invitation
        What `quanyu node invite` printed there.
    data
        Data folder.
    """
    invited = read_invitation(invitation)

    async def work(node: Node) -> None:
        peer = await wiring.courier(node).join(local_operator(node.tenant), invited)
        say("app.cli.node.trusted", id=peer.id, name=peer.card.body.name, side=_side(peer))

    with_node(data, work)


@app.command(name="list")
def list_nodes(*, of: str | None = None, data: Path | None = None) -> None:
    """List known nodes with what waits for them and how far their clocks are off.

    Parameters
    ----------
    of
        Ask this node for the list that it vouches for.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        if of is not None:
            listed = (await wiring.courier(node).list_of(of)).nodes
            lines = [(one.card.id, one.card.name, one.card.level, one.card.url or "–") for one in listed]
            show_table("node", ("id", "name", "level", "url"), lines)
            return
        async with node.database.tenant(node.tenant) as connection:
            known = await peers(connection)
        show_table(
            "node", ("id", "name", "side", "state", "seen", "skew", "fault"), [_line(one) for one in known]
        )

    with_node(data, work)


@app.command
def trust(id: str, *, by: str, data: Path | None = None) -> None:
    """Trust a node beside this one that another trusted node vouches for.

    Parameters
    ----------
    id
        The node.
    by
        The trusted node in whose list it stands.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        peer = await wiring.courier(node).trust(local_operator(node.tenant), id, by=by)
        say("app.cli.node.trusted", id=peer.id, name=peer.card.body.name, side=_side(peer))

    with_node(data, work)


@app.command
def revoke(id: str, *, data: Path | None = None) -> None:
    """Trust a node no longer: its messages are refused, nothing is sent to it.

    Parameters
    ----------
    id
        The node.
    data
        Data folder.
    """

    async def work(nodes: Nodes) -> None:
        await nodes.revoke(id)
        say("app.cli.node.revoked", id=id)

    _with_nodes(data, work)


@app.command
def subscribe(id: str, *, off: bool = False, data: Path | None = None) -> None:
    """Ask a node to tell this one of every entry in its catalogue, or (--off) no longer.

    Parameters
    ----------
    id
        The node.
    off
        It need not tell any more.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            mail = Mail(connection, node.tenant, node.folder, node.clock())
            await cascade.subscribe(mail, local_operator(node.tenant), id, on=not off)
        say("app.cli.node.subscribed", id=id)

    with_node(data, work)


@app.command
def through(id: str, by: str = "", /, *, data: Path | None = None) -> None:
    """Requests to a node go by way of another one, and come from it so; without a second name directly.

    Parameters
    ----------
    id
        The node whose data is asked for, or that asks.
    by
        The node between, which checks what it passes on.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        async with node.database.tenant(node.tenant) as connection:
            nodes = Nodes(connection, local_operator(node.tenant), node.folder, node.clock())
            await nodes.lead(id, through=by)
        say("app.cli.node.through" if by else "app.cli.node.directly", id=id, by=by)

    with_node(data, work)


@app.command
def rotate(*, suite: Suite = Suite.ED25519, data: Path | None = None) -> None:
    """Sign with a new key from now on; the other nodes are told.

    Parameters
    ----------
    suite
        How it signs from then on: Ed25519, or SM2 with SM3.
    data
        Data folder.
    """

    async def work(node: Node) -> None:
        actor = local_operator(node.tenant)
        async with node.database.tenant(node.tenant) as connection:
            card = (await Nodes(connection, actor, node.folder, node.clock()).rotate(suite)).body
        await wiring.courier(node).announce(actor)
        say("app.cli.node.self", id=card.id, name=card.name, signer=card.keys[0].id)

    with_node(data, work)


def verify_proof(file: Path, /, *, trust: tuple[str, ...] = ()) -> None:
    """Check the proof of one exchange, without a node; exit code 2 where a byte is not as it was signed.

    Parameters
    ----------
    file
        The file that a node exported.
    trust
        Fingerprints of the keys that you know of sender and receiver.
    """
    found = verify(read(file), trust)
    say(
        "app.cli.node.proven", message=found.message, sender=found.sender, receiver=found.receiver,
        outcome=found.outcome, sent=found.sent.isoformat(), received=found.received.isoformat(),
        payload=found.payload, receipt=found.receipt, signers=", ".join(found.keys),
    )  # fmt: skip
    if not trust:
        say("app.cli.node.untrusted")


def _with_nodes(data: Path | None, work: Callable[[Nodes], Awaitable[Told]]) -> Told:
    async def opened(node: Node) -> Told:
        async with node.database.tenant(node.tenant) as connection:
            return await work(Nodes(connection, local_operator(node.tenant), node.folder, node.clock()))

    return with_node(data, opened)


def _line(peer: Peer) -> tuple[str, ...]:
    skew = "–" if peer.skew_seconds is None else f"{peer.skew_seconds:+.1f} s"
    seen = peer.seen.isoformat(timespec="seconds") if peer.seen else "–"
    return (peer.id, peer.card.body.name, _side(peer), peer.state, seen, skew, peer.fault or "")


def _side(peer: Peer) -> str:
    return text(f"app.cli.node.side.{peer.side}", language())
