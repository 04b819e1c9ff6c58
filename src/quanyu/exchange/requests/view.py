"""A request as its page shows it."""

import msgspec

from quanyu.exchange.elements.copied import CarriedElement
from quanyu.exchange.requests.model import Answer, Application, Commitment, Effect, Referred, Request
from quanyu.govern.catalogue.model import ShareType
from quanyu.workflow import Step


class RequestView(msgspec.Struct, frozen=True, kw_only=True):
    """With everything that belongs to it. `referred`: by which levels it has come, in turn; `acts` are open to whoever looks; `labels` are what items are called, `people` the
    names of accounts in the timeline; `elements` are carried by items that are asked for, each with its settled source."""

    request: Request
    referred: tuple[Referred, ...]
    entry_title: str
    labels: dict[str, str]
    application: Application
    answer: Answer | None
    commitment: Commitment | None
    effect: Effect | None
    share_types: dict[str, ShareType]
    elements: tuple[CarriedElement, ...]
    timeline: tuple[Step, ...]
    people: dict[str, str]
    acts: tuple[str, ...]
