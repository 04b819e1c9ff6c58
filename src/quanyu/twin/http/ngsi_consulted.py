"""What other sources say to a client's question (ETSI GS CIM 009, 4.3.6): gathered before the broker answers.

An answer never fails because a source does: what is missing is told in NGSILD-Warning headers (6.3.17).
"""

from quanyu.twin.http.ngsi_distributed import origin_of
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.http.sight import sees_whole
from quanyu.twin.registrations.consult import NO_GUIDE, Consultation, Consulted, Guide
from quanyu.twin.registrations.forward import Reply
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.questions import Question


async def consulted(
    exchange: Exchange,
    question: Question,
    actions: tuple[Action, ...],
    *,
    local: bool = False,
    by: Guide = NO_GUIDE,
) -> Consulted | None:
    """None where no source has anything to do with it."""
    sources = exchange.door.sources
    if sources is None or local or exchange.parameters.get("local") == "true":
        return None
    if not len(await sources.index(exchange.actor.tenant)) or not await sees_all(exchange):
        return None
    origin = await origin_of(exchange)
    consultation = Consultation(sources=sources, contexts=exchange.door.contexts, origin=origin, by=by)
    heard = await consultation.hear(question, actions)
    if heard is not None:
        exchange.warnings += dict.fromkeys(map(warning, heard.failed))
    return heard


async def sees_all(exchange: Exchange) -> bool:
    """What comes from elsewhere belongs to no dataset: it is for those who see the whole tenant."""
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        return await sees_whole(exchange.sight, connection, exchange.actor)


def warning(reply: Reply) -> tuple[str, str]:
    """6.3.17, in the form of a Warning header: 199 is anything that is missing."""
    text = reply.fault.text("en") if reply.fault else ""
    safe = "".join(one if one.isascii() and one.isprintable() and one not in '"\\' else " " for one in text)
    return "ngsild-warning", f'199 {reply.registration.id} "{safe}"'
