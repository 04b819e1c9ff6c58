"""What is offered to everybody, as DCAT: the period and the law; whoever asks says for what."""

from collections.abc import Sequence
from datetime import datetime

from quanyu.exchange.dataspace.messages import CATALOG, message
from quanyu.exchange.dataspace.model import Json
from quanyu.exchange.dataspace.odrl import constraint
from quanyu.exchange.dataspace.protocol import HTTP_PULL, PATH
from quanyu.govern.catalogue.model import Entry

_OFFER = "urn:quanyu:offer:"
_ID = "urn:quanyu:catalogue"


def catalogue(entries: Sequence[Entry], *, base: str, participant: str, asked_at: datetime) -> Json:
    """An empty list has no place in the schema."""
    shown = [dataset(one, base=base, asked_at=asked_at) for one in entries]
    return message(
        CATALOG, **{"@id": _ID}, participantId=participant, service=[_service(base)], **({"dataset": shown} if shown else {})
    )  # fmt: skip


def dataset(entry: Entry, *, base: str, asked_at: datetime) -> Json:
    constraints = [
        constraint("quanyu:shareType", "eq", int(entry.description.share_type)),
        constraint("dateTime", "gteq", asked_at.isoformat()),
    ]
    return {
        "@id": entry.name, "@type": "Dataset", "title": entry.description.title, "description": entry.description.abstract,
        "hasPolicy": [{"@id": f"{_OFFER}{entry.name}", "@type": "Offer", "permission": [{"action": "use", "constraint": constraints}]}],
        "distribution": [{"@type": "Distribution", "format": HTTP_PULL, "accessService": _service(base)}],
    }  # fmt: skip


def offered(id: str) -> str:
    """The dataset of an offer of ours."""
    return id.removeprefix(_OFFER)


def _service(base: str) -> Json:
    return {"@id": f"{_ID}:service", "@type": "DataService", "endpointURL": base + PATH}
