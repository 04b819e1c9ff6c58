"""A road network as arrays: nodes with their places, directed edges with length, time and shape."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from quanyu.compute.contraction import Core, prepare
from quanyu.compute.plane import Floats, Plane
from quanyu.compute.shortest import Costs, costs, strong_parts

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """A directed edge. `length` None: that of its shape. `shape`: longitudes and latitudes from begin to end, without them.

    `live`: `kmh` is what traffic tells now. `closed`: not driven, as long as it is.
    """

    id: str
    begin: str
    end: str
    kmh: float = 30.0
    length: float | None = None
    shape: Sequence[tuple[float, float]] = ()
    live: bool = False
    closed: bool = False


@dataclass(frozen=True, kw_only=True)
class RoadGraph:
    """Nodes and edges by their number; metres and seconds (inf where closed). `live`: edges whose seconds traffic tells now."""

    plane: Plane
    nodes: Mapping[str, int]
    x: Floats
    y: Floats
    ids: tuple[str, ...]
    tail: Integers
    head: Integers
    length: Floats
    seconds: Floats
    lines: NDArray[np.object_]
    live: NDArray[np.bool_]

    def driven_in(self, seconds: Floats, live: NDArray[np.bool_] | None = None) -> "RoadGraph":
        """The same roads, driven in other times."""
        other = replace(self, seconds=seconds, live=self.live if live is None else live)
        kept: tuple[str, ...] = ("index", "edges_of", "pairs")
        if bool((np.isfinite(seconds) == np.isfinite(self.seconds)).all()):
            kept += ("joined", "places", "by_metres")
        other.__dict__.update({name: self.__dict__[name] for name in kept if name in self.__dict__})
        return other

    @cached_property
    def edges_of(self) -> dict[str, list[int]]:
        """The edges of each road by its identifier."""
        found: dict[str, list[int]] = {}
        for edge, id_ in enumerate(self.ids):
            found.setdefault(id_, []).append(edge)
        return found

    @cached_property
    def index(self) -> shapely.STRtree:
        return shapely.STRtree(self.lines)

    @cached_property
    def joined(self) -> Integers:
        """The nodes from which, and to which, most others lead; all where no such part holds half of them.

        What a map cut off, or drew without the way back, is no place to begin a drive.
        """
        part = strong_parts(self.by_seconds)
        largest = int(np.bincount(part).argmax())
        found: Integers = np.flatnonzero(part == largest)
        return found if 2 * len(found) >= len(part) else np.arange(len(part))

    @cached_property
    def places(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.points(self.x[self.joined], self.y[self.joined]))

    def nearest_node(self, lon: float, lat: float) -> int:
        """Of those that are `joined`."""
        return self.nearest_nodes([(lon, lat)])[0]

    def nearest_nodes(self, places: Sequence[Sequence[float]]) -> list[int]:
        """Of each longitude and latitude, all at once: a search alone costs forty times as much."""
        lon, lat = np.array(places, dtype=np.float64).reshape(-1, 2).T
        found: list[int] = self.joined[
            self.places.nearest(shapely.points(*self.plane.metres(lon, lat)))
        ].tolist()
        return found

    @cached_property
    def pairs(self) -> tuple[Integers, Integers]:
        """The edges ordered by tail, then head; and where in that order the edges of each two nodes begin."""
        order = np.lexsort((self.head, self.tail))
        tail, head = self.tail[order], self.head[order]
        apart = np.ones(len(order), dtype=bool)
        apart[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        return order, np.flatnonzero(apart)

    def matrix(self, weight: Floats | None = None) -> Costs:
        """Weights of edges (seconds unless given) from node to node; of parallel edges the smallest, of closed ones none."""
        order, first = self.pairs
        chosen = (self.seconds if weight is None else weight)[order]
        least = np.maximum(np.minimum.reduceat(chosen, first), 1e-9)  # scipy takes a zero for no edge
        driven = np.isfinite(least)
        edges = order[first[driven]]
        return costs(least[driven], self.tail[edges], self.head[edges], len(self.x))

    @cached_property
    def by_seconds(self) -> Costs:
        return self.matrix()

    @cached_property
    def by_seconds_back(self) -> Costs:
        """Every edge turned round: for ways towards a place."""
        return self.by_seconds.T.tocsr()

    @cached_property
    def by_metres(self) -> Costs:
        return self.matrix(np.where(np.isfinite(self.seconds), self.length, np.inf))

    @cached_property
    def core(self) -> Core:
        """Made once, for times from many to many; takes a minute for a million edges."""
        return prepare(self.by_seconds)

    @property
    def is_prepared(self) -> bool:
        return "core" in self.__dict__

    @cached_property
    def edge_between(self) -> dict[tuple[int, int], int]:
        """The quickest of parallel edges."""
        best: dict[tuple[int, int], int] = {}
        for edge, pair in enumerate(zip(self.tail.tolist(), self.head.tolist(), strict=True)):
            if pair not in best or self.seconds[edge] < self.seconds[best[pair]]:
                best[pair] = edge
        return best


def road_graph(nodes: Mapping[str, tuple[float, float]], roads: Iterable[Road]) -> RoadGraph:
    """`nodes`: longitude and latitude by name. Roads whose ends are not among them are left out."""
    known = [road for road in roads if road.begin in nodes and road.end in nodes and road.begin != road.end]
    number = {name: place for place, name in enumerate(nodes)}
    lon, lat = (np.array([place[axis] for place in nodes.values()]) for axis in (0, 1))
    plane = Plane.around(lon, lat)
    x, y = plane.metres(lon, lat)
    tail = np.array([number[road.begin] for road in known], dtype=np.int64)
    head = np.array([number[road.end] for road in known], dtype=np.int64)
    lines = _lines(plane, known, np.column_stack([x[tail], y[tail]]), np.column_stack([x[head], y[head]]))
    drawn = shapely.length(lines)
    length = np.array(
        [drawn[place] if road.length is None else road.length for place, road in enumerate(known)]
    )
    kmh = np.array([max(road.kmh, 1.0) for road in known])
    return RoadGraph(
        plane=plane, nodes=number, x=x, y=y, ids=tuple(road.id for road in known), tail=tail, head=head,
        length=length, seconds=np.where([road.closed for road in known], np.inf, length / (kmh / 3.6)), lines=lines,
        live=np.array([road.live for road in known], dtype=bool),
    )  # fmt: skip


def _lines(plane: Plane, roads: Sequence[Road], begins: Floats, ends: Floats) -> NDArray[np.object_]:
    """All at once: a line made alone takes ten times as long."""
    inner = [point for road in roads for point in road.shape]
    shapes = np.array(inner, dtype=np.float64).reshape(-1, 2)
    sizes = np.array([len(road.shape) for road in roads], dtype=np.int64)
    first = np.cumsum(sizes + 2) - sizes - 2
    points = np.empty((int((sizes + 2).sum()), 2))
    points[first], points[first + sizes + 1] = begins, ends
    rest = np.ones(len(points), dtype=bool)
    rest[first] = rest[first + sizes + 1] = False
    points[rest] = np.column_stack(plane.metres(shapes[:, 0], shapes[:, 1]))
    return np.asarray(
        shapely.linestrings(points, indices=np.repeat(np.arange(len(roads)), sizes + 2)), dtype=object
    )
