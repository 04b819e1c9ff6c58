"""The messages of the protocol as JSON-LD: read with what we need of them, written with what the schema asks for."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from quanyu.core.errors import Invalid
from quanyu.exchange.dataspace._sql import NegotiationRow, TransferRow
from quanyu.exchange.dataspace.protocol import CONTEXT, PATH
from quanyu.exchange.policy import Way
from quanyu.exchange.requests.model import Application, Wish, share_type_of
from quanyu.govern.catalogue.model import Entry, ShareType

Json = dict[str, Any]
HTTP_PULL = "HttpData-PULL"
_USUAL_PERIOD = timedelta(days=365)


def message(type_: str, **members: Any) -> Json:
    return {"@context": [CONTEXT], "@type": type_, **members}


def catalogue(
    entries: Sequence[Entry],
    *,
    base: str,
    participant: str,
    asked_at: datetime,
    id: str = "urn:quanyu:catalogue",
) -> Json:
    service = {"@id": f"{id}:service", "@type": "DataService", "endpointURL": base + PATH}
    return message(
        "Catalog", **{"@id": id}, participantId=participant, service=[service],
        dataset=[dataset(one, base=base, asked_at=asked_at) for one in entries],
    )  # fmt: skip


def dataset(entry: Entry, *, base: str, asked_at: datetime) -> Json:
    """What is offered to everybody: the period and the law; whoever asks says for what."""
    constraints = [
        {
            "leftOperand": "quanyu:shareType",
            "operator": "eq",
            "rightOperand": int(entry.description.share_type),
        },
        {"leftOperand": "dateTime", "operator": "gteq", "rightOperand": asked_at.isoformat()},
    ]
    return {
        "@id": entry.name, "@type": "Dataset", "title": entry.description.title, "description": entry.description.abstract,
        "hasPolicy": [{
            "@id": f"urn:quanyu:offer:{entry.name}", "@type": "Offer",
            "permission": [{"action": "use", "constraint": constraints}],
        }],
        "distribution": [{
            "@type": "Distribution", "format": HTTP_PULL,
            "accessService": {"@id": "urn:quanyu:catalogue:service", "@type": "DataService", "endpointURL": base + PATH},
        }],
    }  # fmt: skip


def negotiation(found: NegotiationRow) -> Json:
    return message(
        "ContractNegotiation", providerPid=found.pid, consumerPid=found.consumer_pid, state=found.state
    )


def transfer(found: TransferRow) -> Json:
    return message(
        "TransferProcess", providerPid=found.pid, consumerPid=found.consumer_pid, state=found.state
    )


def data_address(contract: str, base: str) -> Json:
    """Where the records are: whoever asks shows their own token, so none is sent around."""
    return {
        "@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
        "endpoint": f"{base}/api/v1/sharing/contracts/{contract}/records",
        "endpointProperties": [{"@type": "EndpointProperty", "name": "authType", "value": "bearer"}],
    }  # fmt: skip


def text(body: Mapping[str, Any], member: str) -> str:
    """A member that must be there. Raises Invalid."""
    value = body.get(member)
    if isinstance(value, Mapping):
        value = value.get("@id")
    if not isinstance(value, str) or not value or len(value) > 500:
        raise Invalid("exchange.dataspace.member", member=member)
    return value


def callback(body: Mapping[str, Any]) -> str:
    """Only what can be called; whether it may be called is asked when it is."""
    url = text(body, "callbackAddress").rstrip("/")
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if scheme not in ("http", "https"):
        raise Invalid("exchange.dataspace.member", member="callbackAddress")
    return url


def application(offer: Mapping[str, Any], entry: Entry, *, now: datetime) -> Application:
    """What a consumer asks for with an offer: its constraints, and where it says nothing all that may be given for a year."""
    said = _constraints(offer)
    given = [
        one.name for one in entry.description.items if share_type_of(entry, one) is not ShareType.WITHHELD
    ]
    columns = said.get(("quanyu:columns", "isAnyOf"), given)
    names = columns if isinstance(columns, list) else [columns]
    return Application(
        dataset=entry.name, title=f"{entry.description.title} (dataspace)", items=tuple(Wish(name=str(one)) for one in names),
        purpose=str(said.get(("purpose", "eq"), "dataspace")), basis=str(said.get(("quanyu:basis", "eq"), "Dataspace Protocol 2025-1")),
        starts=_moment(said.get(("dateTime", "gteq")), now), ends=_moment(said.get(("dateTime", "lt")), now + _USUAL_PERIOD),
        ways=(Way.RECORDS, Way.SQL, Way.FILE),
    )  # fmt: skip


def _constraints(offer: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    found = {}
    for rule in _list(offer.get("permission")):
        for one in _list(rule.get("constraint") if isinstance(rule, Mapping) else None):
            if isinstance(one, Mapping):
                found[str(one.get("leftOperand")), str(one.get("operator"))] = one.get("rightOperand")
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _moment(value: Any, usual: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(value)) if value is not None else usual
    except ValueError:
        raise Invalid("exchange.dataspace.member", member="dateTime") from None
    return found if found.tzinfo else usual
