"""One case at several nodes: handed over as an assignment, told of step by step, finished where it was handed from."""

import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec

from quanyu.act.cases.model import Channel, Report
from quanyu.act.cases.service import Cases, case
from quanyu.core.actor import system_actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Denied
from quanyu.federation.cases import _sql
from quanyu.federation.cases._sql import Link
from quanyu.federation.cases.model import (
    ASSIGN,
    PROGRESS,
    Assignment,
    Progress,
    SharedStep,
    Stands,
    shared_case,
    stands_of,
)
from quanyu.federation.messages import Handler, Letter, Mail
from quanyu.federation.model import Envelope, Peer, read_payload
from quanyu.identity.evidence.model import sm3
from quanyu.store import Connection
from quanyu.workflow import Act, Doer, instance

MOST = 100
_SECRET_BYTES = 24


async def follow(mail: Mail) -> int:
    """Hands over what is for bodies of other nodes, and tells them what happened; how many messages that makes."""
    return await _hand_over(mail) + await _tell(mail)


def case_kinds(tenant: str, folder: Path, clock: Clock) -> Mapping[str, Handler]:
    async def take(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, Assignment)
        await _check_foreign(Mail(connection, tenant, folder, clock()), said, peer)
        case_id = await _taken(Cases(connection, tenant, clock()), said, peer)
        link = Link(
            shared=said.shared, secret=said.secret, peer=peer.id, took=True, case_id=case_id, work="",
            peer_state=None, told={}, told_state="",
        )  # fmt: skip
        await _sql.add_link(connection, tenant, link, clock())

    async def hear(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, Progress)
        link = await _sql.link(connection, said.shared, peer.id)
        if link is None:
            raise Denied("federation.case.unknown", id=said.shared)
        own = await Mail(connection, tenant, folder, clock()).own()
        foreign = [one for one in said.steps if one.node != own.id]
        await _sql.add_steps(connection, tenant, link, foreign)
        await _sql.set_peer_state(connection, link, said.state)
        if said.stands is not None and link.work:
            await _settle(Cases(connection, tenant, clock()), link, said)

    return {ASSIGN: take, PROGRESS: hear}


async def timeline(mail: Mail, case_id: str) -> tuple[str, tuple[SharedStep, ...]]:
    """Identity and steps of all nodes, in the order of their times."""
    own = (await mail.own()).id
    shared, secret = await _sql.shared_name(mail.connection, case_id) or (f"{own}/{case_id}", "")
    here = [
        SharedStep(node=own, work=work, step=step)
        for work, step in await _sql.own_steps(mail.connection, case_id)
    ]
    steps = [*here, *await _sql.told_steps(mail.connection, shared, secret)]
    return shared, tuple(sorted(steps, key=lambda one: (one.step.at, one.node, one.work, one.step.number)))


async def _hand_over(mail: Mail) -> int:
    connection, own = mail.connection, (await mail.own()).id
    waiting = await _sql.waiting_assignments(connection, MOST)
    for work, case_id, organisation, node in waiting:
        known = await _sql.shared_name(connection, case_id)
        shared, secret = known or (f"{own}/{case_id}", secrets.token_urlsafe(_SECRET_BYTES))
        found = await case(connection, case_id)
        link = Link(
            shared=shared, secret=secret, peer=node, took=False, case_id=case_id, work=work,
            peer_state=None, told={}, told_state="",
        )  # fmt: skip
        await _sql.add_link(connection, mail.tenant, link, mail.now)
        said = Assignment(shared=shared, organisation=organisation, case=shared_case(found), secret=secret)
        await _send(mail, ASSIGN, node, shared, said)
    return len(waiting)


async def _tell(mail: Mail) -> int:
    behind = await _sql.behind(mail.connection, MOST)
    for link in behind:
        state = (await case(mail.connection, link.case_id)).state
        _, steps = await timeline(mail, link.case_id)
        own = (await mail.own()).id
        news = [one for one in steps if one.node != link.peer and one.step.number > _told(link, one, own)]
        said = Progress(
            shared=link.shared, state=state, stands=stands_of(state) if link.took else None, steps=tuple(news)
        )
        await _send(mail, PROGRESS, link.peer, link.shared, said)
        told = dict(link.told)
        for one in news:
            told[_place(one, own)] = max(one.step.number, _told(link, one, own))
        await _sql.set_told(mail.connection, link, told, state)
    return len(behind)


async def _send(mail: Mail, kind: str, node: str, shared: str, payload: Assignment | Progress) -> None:
    actor = system_actor(mail.tenant, "federation")
    letter = Letter(to=node, kind=kind, about=f"case {shared}", payload=payload, purpose="case")
    await mail.send(actor, letter)


async def _check_foreign(mail: Mail, said: Assignment, peer: Peer) -> None:
    """Nobody speaks about our cases by taking them over. Raises Denied for what began here, or was handed to that node."""
    known = await _sql.link(mail.connection, said.shared, peer.id)
    began_here = said.shared.startswith(f"{(await mail.own()).id}/")
    if began_here or (known is not None and not known.took):
        raise Denied("federation.case.own", id=said.shared[:80])


async def _taken(cases: Cases, said: Assignment, peer: Peer) -> str:
    """The case here that stands for it; the same again is the same case, under another secret it is another one."""
    known = said.case
    mark = f"#{sm3(said.secret.encode()).hex()[:32]}" if said.secret else ""
    report = Report(
        channel=Channel.NODE, title=known.title, description=known.description, category=known.category,
        address=known.address, place=known.place, region=known.region, component=known.component,
        urgent=known.urgent, external=f"node:{said.shared}{mark}", organisation=None,
        facts={"shared": said.shared, "node": peer.id, "due": known.due},
    )  # fmt: skip
    doer = Doer(id=f"node:{peer.id}", node=True)
    return (await cases.report(report, doer)).id


async def _settle(cases: Cases, link: Link, said: Progress) -> None:
    """Does at the assignment here what the other node did with its case; an assignment that is over stays as it is."""
    work = await instance(cases.connection, link.work)
    if work.closed is not None or said.stands in (None, Stands.RECEIVED):
        return
    doer = Doer(id=f"node:{link.peer}", node=True)
    state = next(one.state for one in work.positions if one.open)
    reason = next((one.step.reason for one in reversed(said.steps) if one.step.reason), said.state)
    for act in _acts(state, said, reason):
        await cases.works.perform(link.work, act, doer)


def _acts(state: str, said: Progress, reason: str) -> list[Act]:
    take = [Act(name="take")] if state == "received" else []
    if said.stands is Stands.DONE:
        return [*take, Act(name="finish", reason=reason, evidence=_evidence(said))]
    if said.stands is Stands.DECLINED:
        return [Act(name="decline", reason=reason)] if state == "received" else []
    return take


def _evidence(said: Progress) -> tuple[str, ...]:
    """What the other node showed, or else its own closing step."""
    shown = [one for step in said.steps for one in step.step.evidence]
    return tuple(dict.fromkeys(shown)) or (f"node:{said.shared}",)


def _place(one: SharedStep, own: str) -> str:
    return f"{'' if one.node == own else one.node}|{one.work}"


def _told(link: Link, one: SharedStep, own: str) -> int:
    return link.told.get(_place(one, own), 0)
