"""What nodes tell each other of records that are given back."""

from datetime import datetime

import msgspec

from quanyu.exchange.returns.model import Returned
from quanyu.federation.links.model import Link, Standing
from quanyu.federation.model import Telling

GIVE, VIEW = "return.give", "return.view"


class Given(Telling, frozen=True, kw_only=True):
    """`local`: the return's id at the giving node; `contract` as the owner's node calls it."""

    local: str
    organisation: str
    contract: str
    returned: Returned


class ReturnShown(Standing, frozen=True, kw_only=True):
    """As it stands at the owner's node. `taken`: how many records became part of the dataset."""

    returned: str
    taken: int
    reason: str


class RemoteReturn(msgspec.Struct, frozen=True, kw_only=True):
    """Records that this node has given back, in its own words: see `Link`."""

    id: str
    node: str
    asked: str
    organisation: str
    dataset: str
    returned: Returned
    shown: ReturnShown | None
    fault: str | None
    created: datetime
    modified: datetime


class ListedRemoteReturn(msgspec.Struct, frozen=True, kw_only=True):
    """The same in a list, where `given` says how many records it holds."""

    id: str
    node: str
    asked: str
    organisation: str
    dataset: str
    given: int
    note: str
    shown: ReturnShown | None
    fault: str | None
    created: datetime
    modified: datetime


def listed_of(link: Link) -> ListedRemoteReturn:
    said = {"given": len(link.said["records"]), "note": link.said["note"], "asked": link.under}
    return msgspec.convert({**msgspec.structs.asdict(link), **said}, ListedRemoteReturn)


def return_of(link: Link) -> RemoteReturn:
    return msgspec.convert(
        {**msgspec.structs.asdict(link), "returned": link.said, "asked": link.under}, RemoteReturn
    )
