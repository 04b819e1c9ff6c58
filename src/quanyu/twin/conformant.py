"""A stored entity as an earlier version of the standard has it (ETSI GS CIM 009 V1.9.1, Table 4.3.6.8-1)."""

from dataclasses import replace

from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document.conformance import (
    EXPIRY_SINCE,
    SCOPES_SINCE,
    SEVERAL_SINCE,
    Version,
    conformant_document,
)


def conformant(entity: Stored, version: Version | None, context: Context) -> Stored:
    """The entity itself where no version is asked for, or nothing in it is newer."""
    if version is None:
        return entity
    made = replace(
        entity,
        types=entity.types if version >= SEVERAL_SINCE else entity.types[:1],
        scope=entity.scope if version >= SCOPES_SINCE else (),
        expires=entity.expires if version >= EXPIRY_SINCE else None,
        document=conformant_document(entity.document, version, context.term),
    )
    return entity if made == entity else made
