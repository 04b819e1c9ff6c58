"""A road network as arrays: nodes with their places, directed edges with length, time and shape."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    """A directed edge. `length` None: that of its shape. `shape`: longitudes and latitudes from begin to end, without them."""

    id: str
    begin: str
    end: str
    kmh: float = 30.0
    length: float | None = None
    shape: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, kw_only=True)
class RoadGraph:
    """Nodes and edges by their number; metres and seconds."""

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
        x, y = self.plane.metres(np.array([lon]), np.array([lat]))
        return int(self.joined[self.places.nearest(shapely.Point(x[0], y[0]))])

    def matrix(self, weight: Floats | None = None) -> Costs:
        """Weights of edges (seconds unless given) from node to node; of parallel edges the smallest."""
        chosen = self.seconds if weight is None else weight
        order = np.lexsort((chosen, self.head, self.tail))
        tail, head = self.tail[order], self.head[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        size = len(self.x)
        least = np.maximum(chosen[order][first], 1e-9)  # scipy takes a zero for no edge
        return costs(least, tail[first], head[first], size)

    @cached_property
    def by_seconds(self) -> Costs:
        return self.matrix()

    @cached_property
    def by_seconds_back(self) -> Costs:
        """Every edge turned round: for ways towards a place."""
        return self.by_seconds.T.tocsr()

    @cached_property
    def by_metres(self) -> Costs:
        return self.matrix(self.length)

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
    lines = np.array(
        [
            _line(plane, road, (x[begin], y[begin]), (x[end], y[end]))
            for road, begin, end in zip(known, tail, head, strict=True)
        ],
        dtype=object,
    )
    drawn = shapely.length(lines)
    length = np.array(
        [drawn[place] if road.length is None else road.length for place, road in enumerate(known)]
    )
    kmh = np.array([max(road.kmh, 1.0) for road in known])
    return RoadGraph(
        plane=plane, nodes=number, x=x, y=y, ids=tuple(road.id for road in known), tail=tail, head=head,
        length=length, seconds=length / (kmh / 3.6), lines=lines,
    )  # fmt: skip


def _line(
    plane: Plane, road: Road, begin: tuple[float, float], end: tuple[float, float]
) -> shapely.LineString:
    if not road.shape:
        return shapely.LineString([begin, end])
    x, y = plane.metres(np.array([one[0] for one in road.shape]), np.array([one[1] for one in road.shape]))
    return shapely.LineString([begin, *zip(x.tolist(), y.tolist(), strict=True), end])
