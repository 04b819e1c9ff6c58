"""Algorithms that packs bring are processes as those of the node: `<pack>.<algorithm>`, with their version, each run kept."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from quanyu.compute.brought import Offer
from quanyu.compute.processes import Run
from quanyu.core.actor import Actor
from quanyu.core.errors import Fault, Invalid, NotFound, Unavailable
from quanyu.packs import _sql
from quanyu.packs.finding import Found
from quanyu.packs.model import Algorithm, Pack
from quanyu.store import Database

RunElsewhere = Callable[[Actor, str, str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""By the names of pack and algorithm, in the pack's own process."""

_KINDS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}

_log = logging.getLogger("quanyu.packs")


@dataclass(frozen=True, slots=True)
class Algorithms:
    """Those of the packs that are on in the asker's city. `elsewhere` runs what comes from another distribution than the node."""

    found: Sequence[Found]
    database: Database
    elsewhere: RunElsewhere | None = None

    async def offers(self, actor: Actor) -> list[Offer]:
        async with self.database.tenant(actor.tenant) as connection:
            states = await _sql.states(connection, actor.tenant)
        return [
            Offer(
                id=f"{one.name}.{algorithm.name}", version=algorithm.version, titles=algorithm.titles,
                inputs=algorithm.inputs, outputs=algorithm.outputs,
            )
            for one in self.found
            if one.pack and one.name in states and states[one.name]["enabled"]
            for algorithm in one.pack.algorithms
        ]  # fmt: skip

    async def run(self, actor: Actor, id_: str, inputs: dict[str, Any]) -> Run:
        if all(offer.id != id_ for offer in await self.offers(actor)):
            raise NotFound("compute.no_process", id=id_[:80])
        pack, _, name = id_.partition(".")
        found = next(one for one in self.found if one.name == pack)
        assert found.pack is not None  # it offers something
        algorithm = algorithm_of(found.pack, name)
        check_inputs(id_, algorithm, inputs)
        began = time.perf_counter()
        if found.ours or self.elsewhere is None:
            outputs = await run_here(pack, algorithm, inputs)
        else:
            outputs = await self.elsewhere(actor, pack, name, inputs)
        metrics = {"seconds": round(time.perf_counter() - began, 6)}
        return Run(process=id_, version=algorithm.version, inputs=inputs, outputs=outputs, metrics=metrics)


def algorithm_of(pack: Pack, name: str) -> Algorithm:
    """Raises NotFound."""
    known = next((one for one in pack.algorithms if one.name == name), None)
    if known is None:
        raise NotFound("compute.no_process", id=f"{pack.name}.{name}"[:80])
    return known


def check_inputs(id_: str, algorithm: Algorithm, said: Mapping[str, Any]) -> None:
    """By name and `type`; what its schema has a `default` for may be left out. Raises Invalid with every fault."""
    faults = [
        Fault("packs.algorithm.unknown", f"/{name}", {"name": name, "known": ", ".join(algorithm.inputs)})
        for name in said.keys() - algorithm.inputs.keys()
    ]
    for name, schema in algorithm.inputs.items():
        if name not in said:
            faults += (
                [] if "default" in schema else [Fault("packs.algorithm.missing", f"/{name}", {"name": name})]
            )
        elif not _is_of(schema.get("type"), said[name]):
            faults.append(
                Fault("packs.algorithm.kind", f"/{name}", {"name": name, "kind": str(schema["type"])})
            )
    if faults:
        raise Invalid("packs.algorithm.inputs", faults=tuple(faults), id=id_)


async def run_here(pack: str, algorithm: Algorithm, inputs: dict[str, Any]) -> dict[str, Any]:
    """In a thread. A ValueError of the algorithm is about its inputs: Invalid; whatever else it does wrong is Unavailable, but for a
    lack of memory."""
    id_ = f"{pack}.{algorithm.name}"
    try:
        outputs = await asyncio.to_thread(algorithm.run, **inputs)
        if not isinstance(outputs, Mapping) or outputs.keys() != algorithm.outputs.keys():
            raise TypeError(f"the outputs are not {', '.join(algorithm.outputs)}")
        told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(dict(outputs)))
    except ValueError as error:
        fault = Fault("packs.algorithm.refused", "/", {"reason": str(error)[:400]})
        raise Invalid("packs.algorithm.inputs", faults=(fault,), id=id_) from error
    except MemoryError:
        raise
    except Exception as error:
        _log.exception("algorithm %s", id_)
        raise Unavailable("packs.algorithm.failed", id=id_) from error
    return told


def _is_of(kind: object, value: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(one not in _KINDS or _KINDS[one](value) for one in kinds)
