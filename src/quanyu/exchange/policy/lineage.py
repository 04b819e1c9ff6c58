"""Where masked columns go in a query, and so where they are masked.

Late, as the answer leaves, wherever a column is only shown, counted or tested for being there: nothing is computed on the mask then,
and records that the query drops cost nothing. Early, in the source, as soon as the query filters or computes by it: it then works on
what the contract shows. A mask that only the answer can carry is refused there, because whoever filters by a value learns it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from quanyu.core.errors import Fault
from quanyu.exchange.policy.grammar import refuse
from quanyu.exchange.policy.terms import Mask, MaskKind


@dataclass(frozen=True, slots=True)
class Masked:
    """A column whose values the contract of `dataset` hides; both names in lower case."""

    dataset: str
    column: str


Labels = tuple[Masked | None, ...]
"""Of the columns that a query gives, in their order."""


@dataclass(frozen=True, slots=True)
class Placed:
    """`late` by the columns of the answer; `early` in their sources."""

    late: Labels
    early: frozenset[Masked]


class Use(IntEnum):
    """What a query does with a column, from harmless to telling."""

    SHOWN = 0
    COMPARED = 1  # with itself: grouped by, counted distinct, matched within the dataset
    COMPUTED = 2  # filtered, sorted, calculated with


_EQUAL_STAYS_EQUAL = (MaskKind.HASH, MaskKind.TOKEN)
_ONLY_LATE = (MaskKind.TOKEN, MaskKind.REDACT)


def place_masks(tree: exp.Query, masks: Mapping[str, Mapping[str, Mask]]) -> Placed:
    """Of a qualified tree; `masks` by dataset and column, in lower case. Raises Invalid with every column that may not stand
    where it stands."""
    early: set[Masked] = set()
    while True:
        walk = _Walk(masks, frozenset(early))
        for scope in traverse_scope(tree):
            walk.enter(scope)
        refuse(_fault(one) for one in sorted(walk.refused, key=str))
        if not walk.too_late:
            return Placed(walk.outputs[id(tree)], frozenset(early))
        early |= walk.too_late


def _fault(refused: Masked) -> Fault:
    return Fault(
        "exchange.query.masked", refused.column, {"column": refused.column, "dataset": refused.dataset}
    )


@dataclass(slots=True)
class _Walk:
    masks: Mapping[str, Mapping[str, Mask]]
    early: frozenset[Masked]
    outputs: dict[int, Labels] = field(default_factory=dict)
    too_late: set[Masked] = field(default_factory=set)
    refused: set[Masked] = field(default_factory=set)

    def enter(self, scope: Scope) -> None:
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            labels = self._united(scope, query)
        else:
            for column in scope.columns:
                self._note(self._label(scope, column), self._use(scope, column))
            labels = tuple(self._output(scope, one) for one in _selected(query))
        self._note_order(query, labels)
        if query.args.get("distinct"):
            self._note_all(labels, Use.COMPARED)
        if scope.is_subquery and not isinstance(query.parent, exp.Exists):
            self._note_all(labels, Use.COMPUTED)
        self.outputs[id(query)] = labels

    def _united(self, scope: Scope, query: exp.SetOperation) -> Labels:
        """A column that is masked on one side only, or otherwise on the other, cannot wait until the end."""
        left, right = (self.outputs[id(one.expression)] for one in scope.set_operation_scopes)
        whole = isinstance(query, exp.Union) and query.args.get("distinct") is False
        for one, other in zip(left, right, strict=False):
            if one != other or not whole:
                self._note(one, Use.COMPUTED)
                self._note(other, Use.COMPUTED)
        return left

    def _output(self, scope: Scope, projection: exp.Expr) -> Masked | None:
        inner = projection.unalias()
        return self._label(scope, inner) if isinstance(inner, exp.Column) else None

    def _note_order(self, query: exp.Expr, labels: Labels) -> None:
        """An order by a name of the answer tells the order of what the mask hides."""
        order = query.args.get("order")
        named = dict(zip(_names(query), labels, strict=False))
        for column in order.find_all(exp.Column) if order else ():
            if not column.table:
                self._note(named.get(column.name.lower()), Use.COMPUTED)

    def _note_all(self, labels: Labels, use: Use) -> None:
        for label in labels:
            self._note(label, use)

    def _note(self, label: Masked | None, use: Use) -> None:
        if label is None or use is Use.SHOWN:
            return
        kind = self.masks[label.dataset][label.column].kind
        if use is Use.COMPARED and kind in _EQUAL_STAYS_EQUAL:
            return
        (self.refused if kind in _ONLY_LATE else self.too_late).add(label)

    def _label(self, scope: Scope | None, column: exp.Column) -> Masked | None:
        while scope is not None and column.table not in scope.sources:
            scope = scope.parent
        if scope is None:
            return None
        source = scope.sources[column.table]
        if isinstance(source, exp.Table):
            label = Masked(source.name.lower(), column.name.lower())
            known = label.column in self.masks.get(label.dataset, {})
            return label if known and label not in self.early else None
        labels = self.outputs.get(id(source.expression), ())
        return dict(zip(_names(source.expression), labels, strict=False)).get(column.name.lower())

    def _use(self, scope: Scope, column: exp.Column) -> Use:
        node, parent = _outside_brackets(column)
        match parent:
            case exp.Alias() if isinstance(parent.parent, exp.Select) and parent.arg_key == "expressions":
                return Use.SHOWN
            case exp.Select() if node.arg_key == "expressions":
                return Use.SHOWN
            case exp.Count():
                return Use.SHOWN
            case exp.Is() if isinstance(parent.expression, exp.Null):
                return Use.SHOWN
            case exp.Group():
                return Use.COMPARED
            case exp.Distinct() if isinstance(parent.parent, exp.Count) and len(parent.expressions) == 1:
                return Use.COMPARED
            case exp.EQ() if self._same(scope, parent):
                return Use.COMPARED
        return Use.COMPUTED

    def _same(self, scope: Scope, comparison: exp.EQ) -> bool:
        sides = (comparison.left.unnest(), comparison.right.unnest())
        labels = {self._label(scope, side) if isinstance(side, exp.Column) else None for side in sides}
        return len(labels) == 1 and None not in labels


def _selected(query: exp.Expr) -> list[exp.Expr]:
    return query.selects if isinstance(query, exp.Query) else []


def _names(query: exp.Expr) -> list[str]:
    return [one.lower() for one in query.named_selects] if isinstance(query, exp.Query) else []


def _outside_brackets(column: exp.Expr) -> tuple[exp.Expr, exp.Expr | None]:
    node = column
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    return node, node.parent
