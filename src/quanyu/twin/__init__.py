"""The twin: live state and history of the city, its map, and the NGSI-LD door to both."""

from quanyu.twin.common import Common, own_answers
from quanyu.twin.fold import Outcome
from quanyu.twin.history import HistorySource, NoHistory, Span, history
from quanyu.twin.load import load, remove_dataset
from quanyu.twin.map.layers import label_dataset
from quanyu.twin.model import EntityWrite, Expect, Loaded, Page, Point, Stored, write_of
from quanyu.twin.query import EntityQuery, Near, count, query, retrieve, retrieve_many
from quanyu.twin.service import Twin
from quanyu.twin.state import Op
from quanyu.twin.together import Together
from quanyu.twin.upkeep import partitions_ahead, settle, trim_log
from quanyu.twin.write import write
from quanyu.twin.writer import Writer

__all__ = [
    "Common",
    "EntityQuery",
    "EntityWrite",
    "Expect",
    "HistorySource",
    "Loaded",
    "Near",
    "NoHistory",
    "Op",
    "Outcome",
    "Page",
    "Point",
    "Span",
    "Stored",
    "Together",
    "Twin",
    "Writer",
    "count",
    "history",
    "label_dataset",
    "load",
    "own_answers",
    "partitions_ahead",
    "query",
    "remove_dataset",
    "retrieve",
    "retrieve_many",
    "settle",
    "trim_log",
    "write",
    "write_of",
]
