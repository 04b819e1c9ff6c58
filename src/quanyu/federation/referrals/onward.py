"""What has been passed on, at the node whose data it is: shown to who passed it on."""

import msgspec

from quanyu.core.actor import Actor
from quanyu.exchange.requests.service import Requests
from quanyu.federation.links.model import Link
from quanyu.federation.links.service import Matter
from quanyu.federation.messages import Mail
from quanyu.federation.referrals.model import ONWARD_VIEW, OnwardShown


def onward_of(link: Link) -> OnwardShown | None:
    return msgspec.convert(link.shown, OnwardShown | None)


async def _shown(mail: Mail, actor: Actor, local: str, id: str) -> OnwardShown:
    view = await Requests(mail.connection, actor, mail.now, mail.folder).view(id)
    found = view.request
    return OnwardShown(
        local=local, request=id, state=found.state, due=found.due, outcome=found.outcome, answer=view.answer,
        contract=found.contract, timeline=view.timeline, acts=(),
    )  # fmt: skip


ONWARD = Matter(
    kind="onward", initial="T", unknown="federation.referral.unknown", letter=ONWARD_VIEW, shown=OnwardShown, view=_shown,
    moved="select concat_ws('|', r.modified, r.state) from share_request r where r.tenant = l.tenant and r.id = l.other_id",
)  # fmt: skip
"""What was passed on, as it stands with the owner."""
