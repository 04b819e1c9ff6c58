"""What changes and how: the parts of an entity before and after, and the part that a request brings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

Document = Mapping[str, Any]
"""Stored name -> instance, or list of several instances that differ in datasetId."""


class Fragment(msgspec.Struct, frozen=True, kw_only=True):
    """`scope` None: not said, (): removed. In `document`, a value NULL says that the instance is to be removed.

    `expires` None: not said; `unlimited`: the end that was set is taken away (4.22).
    """

    id: str = ""
    types: tuple[str, ...] = ()
    scope: tuple[str, ...] | None = None
    document: Document = {}
    expires: datetime | None = None
    unlimited: bool = False


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Of a stored entity, what operations change."""

    types: tuple[str, ...]
    scope: tuple[str, ...] = ()
    document: Document = {}


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation ended.

    `changed`: stored name -> the instances that changed, as they are now (one, or a list of them); None where the whole
    attribute is gone; an instance that went while others stay is there with the value NULL. `refused`: stored name ->
    key of the message why not. `head`: whether types or scope changed as well.
    """

    state: State
    changed: Mapping[str, Any] = {}
    refused: Mapping[str, str] = {}
    head: bool = False
