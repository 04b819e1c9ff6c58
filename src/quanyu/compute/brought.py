"""Algorithms that others bring, beside the processes of this package: told and run alike, wherever they run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from quanyu.compute.processes import Run
from quanyu.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`inputs` and `outputs` are JSON schemas by name."""

    id: str
    version: str
    titles: Mapping[str, str]
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


class Brought(Protocol):
    """Of the asker's city: another city may have others."""

    async def offers(self, actor: Actor) -> Sequence[Offer]: ...

    async def run(self, actor: Actor, id_: str, inputs: dict[str, Any]) -> Run:
        """Raises NotFound, Invalid where the inputs have not the form, Unavailable where the algorithm fails."""
        ...
