"""States and messages of the Dataspace Protocol 2025-1: who may send what when. Pure.

The same message again, where it leads to the state that is already there, changes nothing and is no error.
"""

from enum import StrEnum

from quanyu.core.errors import Conflict

VERSION, PATH = "2025-1", "/dsp/2025-1"
CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
HTTP_PULL = "HttpData-PULL"


class Side(StrEnum):
    CONSUMER = "consumer"
    PROVIDER = "provider"


class Negotiation(StrEnum):
    REQUESTED = "REQUESTED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    AGREED = "AGREED"
    VERIFIED = "VERIFIED"
    FINALIZED = "FINALIZED"
    TERMINATED = "TERMINATED"


class Transfer(StrEnum):
    REQUESTED = "REQUESTED"
    STARTED = "STARTED"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class Message(StrEnum):
    REQUEST = "request"
    OFFER = "offer"
    ACCEPT = "accept"
    AGREE = "agree"
    VERIFY = "verify"
    FINALIZE = "finalize"
    TERMINATE = "terminate"
    START = "start"
    SUSPEND = "suspend"
    COMPLETE = "complete"


_N, _T, _M = Negotiation, Transfer, Message
_OPEN = (_N.REQUESTED, _N.OFFERED, _N.ACCEPTED, _N.AGREED, _N.VERIFIED)

NEGOTIATION: dict[tuple[Side, Message], tuple[tuple[Negotiation, ...], Negotiation]] = {
    (Side.CONSUMER, _M.REQUEST): ((_N.OFFERED,), _N.REQUESTED),
    (Side.CONSUMER, _M.ACCEPT): ((_N.OFFERED,), _N.ACCEPTED),
    (Side.CONSUMER, _M.VERIFY): ((_N.AGREED,), _N.VERIFIED),
    (Side.CONSUMER, _M.TERMINATE): (_OPEN, _N.TERMINATED),
    (Side.PROVIDER, _M.OFFER): ((_N.REQUESTED,), _N.OFFERED),
    (Side.PROVIDER, _M.AGREE): ((_N.REQUESTED, _N.ACCEPTED), _N.AGREED),
    (Side.PROVIDER, _M.FINALIZE): ((_N.VERIFIED,), _N.FINALIZED),
    (Side.PROVIDER, _M.TERMINATE): (_OPEN, _N.TERMINATED),
}
"""From which states a message of a side leads where."""

_EITHER: dict[Message, tuple[tuple[Transfer, ...], Transfer]] = {
    _M.COMPLETE: ((_T.STARTED,), _T.COMPLETED),
    _M.SUSPEND: ((_T.STARTED,), _T.SUSPENDED),
    _M.TERMINATE: ((_T.REQUESTED, _T.STARTED, _T.SUSPENDED), _T.TERMINATED),
}
TRANSFER: dict[tuple[Side, Message], tuple[tuple[Transfer, ...], Transfer]] = {
    (Side.CONSUMER, _M.START): ((_T.SUSPENDED,), _T.STARTED),
    (Side.PROVIDER, _M.START): ((_T.REQUESTED, _T.SUSPENDED), _T.STARTED),
    **{(side, message): move for side in Side for message, move in _EITHER.items()},
}


def negotiated(state: Negotiation, side: Side, message: Message) -> Negotiation:
    """The state after a message. Raises Conflict for one that is not due."""
    origins, target = NEGOTIATION.get((side, message), ((), None))
    if target is None or state not in (*origins, target):
        raise Conflict("exchange.dataspace.not_due", message=message.value, state=state.value)
    return target


def transferred(state: Transfer, side: Side, message: Message) -> Transfer:
    """Raises Conflict for a message that is not due."""
    origins, target = TRANSFER.get((side, message), ((), None))
    if target is None or state not in (*origins, target):
        raise Conflict("exchange.dataspace.not_due", message=message.value, state=state.value)
    return target
