"""Files beside the standard of an element."""

import msgspec
from litestar import Response, delete, get, post
from litestar.params import RawBody

from quanyu.exchange.elements.model import Sample
from quanyu.exchange.elements.samples import Samples
from quanyu.exchange.exhibits.model import LIMIT
from quanyu.exchange.http.asking import ANSWER, READ, Asker, Id, Name, Now, Store
from quanyu.exchange.http.carried import check_lead
from quanyu.exchange.http.disputes import FileName, exhibit_answer

_ROOT = "/api/v1/sharing/elements/{code:str}/samples"


class SampleList(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Sample, ...]


@get(_ROOT, opt=READ)
async def list_samples(code: Id, actor: Asker, database: Store, clock: Now) -> SampleList:
    """Newest first, twenty at the most."""
    async with database.tenant(actor.tenant) as connection:
        desk = Samples(connection, actor, clock())
        return SampleList(items=await desk.of(await desk.one(code)))


@post(_ROOT, opt=ANSWER, request_max_body_size=LIMIT)
async def attach_sample(
    code: Id, body: RawBody, actor: Asker, database: Store, clock: Now, name: FileName = ""
) -> Sample:
    """A picture, a PDF or a table (CSV in UTF-8) as the body, by the lead source or the authority."""
    async with database.tenant(actor.tenant) as connection:
        desk = Samples(connection, actor, clock())
        found = await desk.one(code)
        check_lead(actor, found)
        return await desk.attach(found, name, body)


@get(_ROOT + "/{sample:str}", opt=READ)
async def show_sample(code: Id, sample: Name, actor: Asker, database: Store, clock: Now) -> Response[bytes]:
    async with database.tenant(actor.tenant) as connection:
        desk = Samples(connection, actor, clock())
        return exhibit_answer(*await desk.content(await desk.one(code), sample))


@delete(_ROOT + "/{sample:str}", opt=ANSWER)
async def detach_sample(code: Id, sample: Name, actor: Asker, database: Store, clock: Now) -> None:
    """By the lead source or the authority."""
    async with database.tenant(actor.tenant) as connection:
        desk = Samples(connection, actor, clock())
        found = await desk.one(code)
        check_lead(actor, found)
        await desk.detach(found, sample)


routes = (list_samples, attach_sample, show_sample, detach_sample)
"""Of files beside standards."""
