"""What we send for each message, and to which path of the other side. Pure."""

from quanyu.exchange.dataspace.messages import message
from quanyu.exchange.dataspace.model import Json, NegotiationRow, Row
from quanyu.exchange.dataspace.protocol import PATH, Message, Side

_M = Message
_NEGOTIATION: dict[Message, tuple[str, str]] = {
    _M.REQUEST: ("request", "ContractRequestMessage"),
    _M.OFFER: ("offers", "ContractOfferMessage"),
    _M.ACCEPT: ("events", "ContractNegotiationEventMessage"),
    _M.AGREE: ("agreement", "ContractAgreementMessage"),
    _M.VERIFY: ("agreement/verification", "ContractAgreementVerificationMessage"),
    _M.FINALIZE: ("events", "ContractNegotiationEventMessage"),
    _M.TERMINATE: ("termination", "ContractNegotiationTerminationMessage"),
}
_TRANSFER: dict[Message, tuple[str, str]] = {
    _M.REQUEST: ("request", "TransferRequestMessage"),
    _M.START: ("start", "TransferStartMessage"),
    _M.SUSPEND: ("suspension", "TransferSuspensionMessage"),
    _M.COMPLETE: ("completion", "TransferCompletionMessage"),
    _M.TERMINATE: ("termination", "TransferTerminationMessage"),
}
_MEMBERS: dict[Message, Json] = {
    _M.ACCEPT: {"eventType": "ACCEPTED"},
    _M.FINALIZE: {"eventType": "FINALIZED"},
    _M.TERMINATE: {"code": "ended", "reason": ["ended"]},
    _M.SUSPEND: {"code": "suspended", "reason": ["suspended"]},
}


def type_of(found: Row, said: Message) -> str:
    """`@type` of a message about this."""
    return (_NEGOTIATION if isinstance(found, NegotiationRow) else _TRANSFER)[said][1]


def letter(found: Row, said: Message, content: Json, base: str) -> tuple[str, Json]:
    """Where and what; `content` are the members that only the desk knows. What is not known yet is not named."""
    negotiates = isinstance(found, NegotiationRow)
    step, type_ = (_NEGOTIATION if negotiates else _TRANSFER)[said]
    place = f"/{found.other_pid}" if found.other_pid else ""
    pids = {name: pid for name, pid in found.pids.items() if pid}
    first = {"callbackAddress": callback_address(found, base)} if not found.other_pid else {}
    path = f"/{'negotiations' if negotiates else 'transfers'}{place}/{step}"
    return path, message(type_, **pids, **_MEMBERS.get(said, {}), **first, **content)


def callback_address(found: Row, base: str) -> str:
    """Where we want to be told; only the other side knows it."""
    return f"{base}{PATH}/callbacks/{found.secret}" if found.side is Side.CONSUMER else base + PATH
