"""Aggregates only: every figure is made of at least so many records, and carries noise where the contract says so.

Records are counted where the dataset itself is aggregated; what stands above works on figures and is free. Counting does not stop
who asks twice with one record less; noise with a budget does.
"""

from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from quanyu.core.errors import Fault
from quanyu.exchange.policy.grammar import AGGREGATES, DIALECT, refuse
from quanyu.exchange.policy.terms import Noise

RECORD = "governed record"
"""Column of a governed source that tells its records apart; no query can name it."""

_SAFE = (
    exp.Count, exp.Sum, exp.Avg, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop,
)  # fmt: skip
_NOISED = (exp.Count, exp.Sum, exp.Avg)


def keep_groups(tree: exp.Query, least: int, noise: Noise | None) -> bool:
    """Changes the tree. Answers whether sources must carry RECORD. Raises Invalid with every fault."""
    desk = _Desk(least, noise)
    for scope in list(traverse_scope(tree)):
        desk.enter(scope)
    if id(tree) in desk.raw:
        desk.refuse("exchange.query.aggregate")
    refuse(desk.faults)
    for select, sources in desk.aggregated:
        desk.finish(select, sources)
    return desk.joined


@dataclass(slots=True)
class _Desk:
    least: int
    noise: Noise | None
    raw: set[int] = field(default_factory=set)
    """Queries that give records of a dataset, not figures."""
    aggregated: list[tuple[exp.Select, list[str]]] = field(default_factory=list)
    joined: bool = False
    faults: list[Fault] = field(default_factory=list)

    def enter(self, scope: Scope) -> None:
        query = scope.expression
        if scope.is_subquery:
            self.refuse("exchange.query.group_subquery")
        elif isinstance(query, exp.SetOperation):
            if any(id(one.expression) in self.raw for one in scope.set_operation_scopes):
                self.refuse("exchange.query.aggregate")
        elif isinstance(query, exp.Select) and (
            sources := [name for name, (_, one) in scope.selected_sources.items() if self._is_raw(one)]
        ):
            self._enter_raw(scope, query, sources)

    def _is_raw(self, source: exp.Table | Scope) -> bool:
        return isinstance(source, exp.Table) or id(source.expression) in self.raw

    def _enter_raw(self, scope: Scope, query: exp.Select, sources: list[str]) -> None:
        found = [one for one in query.find_all(*AGGREGATES) if one.parent_select is query]
        if _own(query, exp.Window):
            self.refuse("exchange.query.group_word", word="OVER")
        if not found and not query.args.get("group"):
            self.raw.add(id(query))
            for name in ("distinct", "limit", "offset", "order"):
                if query.args.get(name):
                    self.refuse("exchange.query.group_word", word=name.upper())
            return
        for one in found:
            self._check_aggregate(query, one)
        if len(sources) > 1:
            self._check_join(scope, sources)
        self.aggregated.append((query, sources))

    def _check_aggregate(self, query: exp.Select, found: exp.Expr) -> None:
        wanted = _NOISED if self.noise else _SAFE
        if not isinstance(found, wanted) or isinstance(found.parent, exp.Filter):
            self.refuse("exchange.query.group_word", word=found.sql(dialect=DIALECT)[:60])
            return
        inner = found.this
        if isinstance(inner, exp.Distinct):
            inner = inner.expressions[0] if len(inner.expressions) == 1 else None
        if not isinstance(inner, exp.Column | exp.Star) or found.expressions:
            self.refuse("exchange.query.group_word", word=found.sql(dialect=DIALECT)[:60])
        elif self.noise and isinstance(found, exp.Sum | exp.Avg) and _bounds(self.noise, inner) is None:
            self.refuse("exchange.query.group_bounds", column=inner.name)

    def _check_join(self, scope: Scope, sources: list[str]) -> None:
        if self.noise:
            self.refuse("exchange.query.group_word", word="JOIN")
        if any(not isinstance(scope.sources[name], exp.Table) for name in sources):
            self.refuse("exchange.query.group_join")
        self.joined = True

    def finish(self, select: exp.Select, sources: list[str]) -> None:
        """Noise first, so that records are counted as they are."""
        if self.noise:
            self._add_noise(select)
        if len(sources) == 1:
            counts = ["count(*)"]
        else:
            counts = [
                f"count(distinct {exp.column(RECORD, table=one, quoted=True).sql(dialect=DIALECT)})"
                for one in sources
            ]
        for count in counts if self.least > 1 else ():
            select.having(f"{count} >= {self.least}", dialect=DIALECT, copy=False)

    def _add_noise(self, select: exp.Select) -> None:
        assert self.noise is not None
        found = [one for one in select.find_all(*_NOISED) if one.parent_select is select]
        draws = sum(2 if isinstance(one, exp.Avg) else 1 for one in found)
        for one in found:
            one.replace(_noised(one, self.noise, self.noise.epsilon / draws))

    def refuse(self, key: str, **values: object) -> None:
        self.faults.append(Fault(key, values=values))


def _noised(found: exp.Expr, noise: Noise, epsilon: float) -> exp.Expr:
    """Laplace mechanism. One record changes a count by 1, a sum by the larger of its bounds; a mean is a sum over a count."""
    count = f"greatest(round({{}} + {_laplace(1 / epsilon)}), 0)"
    if isinstance(found, exp.Count):
        return _bracketed(count.format(found.sql(dialect=DIALECT)))
    column = found.find(exp.Column)
    assert column is not None
    low, high = _bounds(noise, column) or (0.0, 0.0)
    value = column.sql(dialect=DIALECT)
    clipped = f"sum(least(greatest({value}, {low!r}), {high!r}))"
    total = f"({clipped} + {_laplace(max(abs(low), abs(high)) / epsilon)})"
    if isinstance(found, exp.Sum):
        return _bracketed(total)
    return _bracketed(f"{total} / greatest({count.format(f'count({value})')}, 1)")


def _laplace(scale: float) -> str:
    """The difference of two exponential draws; 1 - random() is never 0."""
    return f"{scale!r} * (ln(1 - random()) - ln(1 - random()))"


def _bracketed(sql: str) -> exp.Expr:
    return exp.paren(exp.maybe_parse(sql, dialect=DIALECT), copy=False)


def _bounds(noise: Noise, column: exp.Expr) -> tuple[float, float] | None:
    return next((one for name, one in noise.bounds.items() if name.lower() == column.name.lower()), None)


def _own(query: exp.Select, kind: type[exp.Expr]) -> bool:
    return any(one.parent_select is query for one in query.find_all(kind))
