"""What is known of an @context that is kept."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

PATH = "/ngsi-ld/v1/jsonldContexts/"

_HERE = re.compile(r"https?://[^/]+" + re.escape(PATH) + r"([A-Za-z0-9-]{36})")


class Kind(StrEnum):
    HOSTED = "Hosted"
    CACHED = "Cached"
    IMPLICIT = "ImplicitlyCreated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`url` is empty for what is served here. `used` is None before the first use."""

    id: str
    kind: Kind
    url: str
    created: datetime
    used: datetime | None = None
    hits: int = 0


def id_of(name: str) -> str:
    """Of a local id, of the URL under which it is served, or of the URL that it was fetched from."""
    if here := _HERE.fullmatch(name):
        return here[1]
    return str(uuid5(NAMESPACE_URL, name)) if ":" in name else name
