"""Queries of NGSI-LD: one tree, its grammar, one evaluator, and the SQL that narrows for it."""

from quanyu.twin.ngsild.query.certain import certain
from quanyu.twin.ngsild.query.clause import Parameters
from quanyu.twin.ngsild.query.elements import Linked, link_ids
from quanyu.twin.ngsild.query.evaluate import holds, matches, selects
from quanyu.twin.ngsild.query.geo import parse_geo_query
from quanyu.twin.ngsild.query.names import asked, depth, targets
from quanyu.twin.ngsild.query.order import Ordering, named, ordered, parse_ordering
from quanyu.twin.ngsild.query.pattern import Pattern, parse_pattern
from quanyu.twin.ngsild.query.projection import Projection, parse_projection
from quanyu.twin.ngsild.query.q import parse_q, print_q
from quanyu.twin.ngsild.query.scope import parse_scope_query, print_scope_query
from quanyu.twin.ngsild.query.sql import condition, is_exact
from quanyu.twin.ngsild.query.tree import (
    GeoQuery,
    Query,
    Selector,
    Term,
    TypeSelection,
)
from quanyu.twin.ngsild.query.types import named_types, of_types, parse_types, print_types

__all__ = [
    "GeoQuery",
    "Linked",
    "Ordering",
    "Parameters",
    "Pattern",
    "Projection",
    "Query",
    "Selector",
    "Term",
    "TypeSelection",
    "asked",
    "certain",
    "condition",
    "depth",
    "holds",
    "is_exact",
    "link_ids",
    "matches",
    "named",
    "named_types",
    "of_types",
    "ordered",
    "parse_geo_query",
    "parse_ordering",
    "parse_pattern",
    "parse_projection",
    "parse_q",
    "parse_scope_query",
    "parse_types",
    "print_q",
    "print_scope_query",
    "print_types",
    "selects",
    "targets",
]
