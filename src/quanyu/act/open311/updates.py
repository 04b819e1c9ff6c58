"""`servicerequestupdates` both ways, as FixMyStreet speaks it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from litestar import Response, get, post
from msgspec.structs import replace

from quanyu.act.cases.following import DEFINITION
from quanyu.act.cases.model import Case, Channel
from quanyu.act.cases.service import Cases, case, shared_fate
from quanyu.act.http.asking import Asker, Now, Store, doer_of
from quanyu.act.open311 import _sql
from quanyu.act.open311.answers import MOST, OPEN, AnyRequest, Rows, answered, channel_of, paths, span
from quanyu.act.open311.form import read_form
from quanyu.act.open311.words import parse_again, update_row
from quanyu.act.photos.http import Photos
from quanyu.core.errors import Invalid, NotFound
from quanyu.core.messages import preferred_language
from quanyu.workflow import Act, Doer, definition, done_by

_LONGEST = 20_000


@get(paths("servicerequestupdates"), opt=OPEN)
async def list_updates(request: AnyRequest, actor: Asker, database: Store, clock: Now) -> Response[bytes]:
    language = preferred_language(request.headers.get("accept-language", ""))

    async def rows() -> Rows:
        start, end = span(request, clock(), timedelta(days=1))
        async with database.tenant(actor.tenant) as connection:
            found = await _sql.updates(connection, start, end, channel=channel_of(actor), limit=MOST)
            titles = {one.name: one.title for one in (await definition(connection, DEFINITION)).states}
        words = {name: title.get(language) or name for name, title in titles.items()}
        shown = [update_row(one, words.get(one["state"], one["state"])) for one in found]
        return Rows("service_requests_updates", "request_update", shown)

    return await answered(request, rows)


@post(paths("servicerequestupdates"), opt=OPEN, request_max_body_size=None)
async def send_update(
    request: AnyRequest, actor: Asker, database: Store, album: Photos, clock: Now
) -> Response[bytes]:
    """What a reporter adds elsewhere, with photos or without, once per `update_id`."""

    async def rows() -> Rows:
        now = clock()
        form, photos = await read_form(request, actor, database, album, now)
        number, update = form.get("service_request_id", ""), form.get("update_id", "")
        if not number or not update:
            raise Invalid("act.open311.update")
        teller = Doer(id=f"open311:{doer_of(actor).id}", node=True)
        async with database.tenant(actor.tenant) as connection:
            found = await case(connection, number)
            if channel_of(actor) is not None and found.channel is not Channel.OPEN311:
                raise NotFound("act.case.unknown", id=number[:40])
            fate = await shared_fate(connection, found)
            if not await done_by(connection, [fate.instance], _key(update), teller.id):
                await _take(Cases(connection, actor.tenant, now), fate, form, photos, teller)
        return Rows("service_request_updates", "request_update", [{"update_id": update}], status=201)

    return await answered(request, rows)


async def _take(
    cases: Cases, fate: Case, form: Mapping[str, str], photos: Sequence[str], teller: Doer
) -> None:
    """A remark on a case that is open, a note on one that is over; if that was not solved, it is reported again."""
    key = _key(form["update_id"])
    said = " ".join(filter(None, (form.get("status"), form.get("description"), form.get("media_url"))))
    remark = Act(
        name="remark", reason=said[:_LONGEST] or "-", evidence=tuple(f"photo:{one}" for one in photos)
    )
    if fate.closed is None:
        await cases.act(fate.id, remark, teller, key=key)
    elif form.get("status", "").upper() == "OPEN":
        again = await cases.report(parse_again(form, fate, key, photos), teller)
        remark = replace(remark, reason=f"{remark.reason} → {again.id}", evidence=())
        await cases.annotate(fate.id, remark, teller, key=key)
    else:
        await cases.annotate(fate.id, remark, teller, key=key)


def _key(update: str) -> str:
    return f"update:{update}"


routes = (list_updates, send_update)
