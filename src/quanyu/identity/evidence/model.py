"""What the chain is made of, and the bytes that are hashed and signed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import msgspec
from cryptography.hazmat.primitives import hashes

from quanyu.core.actor import Actor, Resource

EMPTY = bytes(32)
"""What the first entry and the first block link to."""


class Outcome(StrEnum):
    ALLOWED = "allowed"
    DENIED = "denied"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act as it is written down. `detail` is canonical JSON text; texts hold no NUL, which PostgreSQL refuses."""

    tenant: str
    at: datetime
    actor: str
    actor_name: str
    action: str
    kind: str
    resource: str
    outcome: str
    reason: str = ""
    detail: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry in its place in the chain."""

    seq: int
    entry: Entry
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A signed block: entries `first` to `last`, the hash of the last one, the block before, who signed."""

    tenant: str
    number: int
    first: int
    last: int
    at: datetime
    head: bytes
    previous: bytes
    key: str
    signature: bytes = field(default=b"")

    def signed_bytes(self) -> bytes:
        return msgspec.json.encode(
            [
                *(
                    "quanyu evidence root 1",
                    self.tenant,
                    self.number,
                    self.first,
                    self.last,
                    instant(self.at),
                ),
                *(self.head.hex(), self.previous.hex(), self.key),
            ]
        )

    def hash(self) -> bytes:
        return sm3(self.signed_bytes() + self.signature)


def entry_of(
    actor: Actor,
    action: str,
    resource: Resource,
    outcome: Outcome,
    *,
    at: datetime,
    reason: str = "",
    detail: Mapping[str, object] | None = None,
) -> Entry:
    return Entry(
        tenant=actor.tenant,
        at=at,
        actor=_plain(actor.id),
        actor_name=_plain(actor.name),
        action=_plain(action),
        kind=_plain(resource.kind),
        resource=_plain(resource.id),
        outcome=outcome,
        reason=_plain(reason),
        detail=_detail_text(detail),
    )


def canonical(seq: int, entry: Entry) -> bytes:
    """A JSON array in fixed order: no separator can be mistaken for content."""
    return msgspec.json.encode(
        [
            *(entry.tenant, seq, instant(entry.at), entry.actor, entry.actor_name, entry.action, entry.kind),
            *(entry.resource, entry.outcome, entry.reason, entry.detail),
        ]
    )


def link(seq: int, entry: Entry, previous: bytes) -> Link:
    return Link(seq=seq, entry=entry, previous=previous, hash=sm3(previous + canonical(seq, entry)))


def sm3(data: bytes) -> bytes:
    """GB/T 32905."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(text: str) -> str:
    """Foreign text as the database can hold it: no NUL, no lone surrogate, no novel."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")[:2000]


def _detail_text(detail: Mapping[str, object] | None) -> str:
    if not detail:
        return "{}"
    try:
        return msgspec.json.encode(detail, order="sorted", enc_hook=str).decode("utf-8")
    except UnicodeEncodeError:  # lone surrogates from foreign text stay readable as escapes
        return json.dumps(detail, sort_keys=True, default=str)
