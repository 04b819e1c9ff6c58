"""Where an answer comes from, told with it: in a header, in the tail of JSON, in the metadata of Parquet and Arrow."""

import json
from collections.abc import Sequence

import msgspec

from quanyu.exchange.contracts.model import Origin

ORIGINS = "x-quanyu-origins"
"""Header, and key of the metadata; its value is JSON in ASCII."""


def told_of(origins: Sequence[Origin]) -> str:
    return json.dumps(msgspec.to_builtins(origins))


def read_origins(told: str) -> tuple[Origin, ...]:
    """As another node told it; nothing where it did not, or in other words."""
    try:
        return msgspec.json.decode(told, type=tuple[Origin, ...])
    except msgspec.MsgspecError:
        return ()
