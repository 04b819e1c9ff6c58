"""Which SQL is read at all: one query over datasets by their names, made of the words on this list, and nothing else."""

import re
from collections.abc import Collection, Iterable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from quanyu.core.errors import Fault, Invalid

DIALECT = "duckdb"
LONGEST = 20_000
_DEEPEST = 60
_MOST_NODES = 5_000
_BEGINS = re.compile(r"[\s(]*(select|with|from)\b", re.IGNORECASE)

_QUERY = (
    exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.CTE, exp.With, exp.From, exp.Join, exp.Where,
    exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Table, exp.TableAlias,
    exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple,
    exp.Window, exp.WindowSpec, exp.Filter, exp.Interval, exp.Var, exp.DataType, exp.Exists, exp.HexString,
)  # fmt: skip
_OPERATORS = (
    exp.Cast, exp.TryCast, exp.Case, exp.If, exp.Between, exp.In, exp.Is, exp.Like, exp.ILike, exp.Not, exp.And, exp.Or,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Add, exp.Sub, exp.Mul,
    exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe,
)  # fmt: skip
AGGREGATES = (
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance,
    exp.VariancePop, exp.Median, exp.Quantile, exp.ApproxDistinct, exp.Corr, exp.GroupConcat,
)  # fmt: skip
_WINDOWS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)
_FUNCTIONS = (
    exp.Abs, exp.Ceil, exp.Floor, exp.Round, exp.Sqrt, exp.Ln, exp.Log, exp.Exp, exp.Pow, exp.Sign, exp.Greatest,
    exp.Least, exp.Coalesce, exp.Nullif, exp.Lower, exp.Upper, exp.Length, exp.Trim, exp.Substring, exp.Left, exp.Right,
    exp.Replace, exp.StrPosition, exp.Contains, exp.StartsWith, exp.EndsWith, exp.SplitPart, exp.Concat, exp.ConcatWs,
    exp.Year, exp.Month, exp.Day, exp.Quarter, exp.Week, exp.DayOfWeek, exp.Extract, exp.DateTrunc, exp.TimestampTrunc,
    exp.DateDiff, exp.DateAdd, exp.DateSub, exp.TimeToStr, exp.StrToTime, exp.CurrentDate,
)  # fmt: skip
ALLOWED = frozenset((*_QUERY, *_OPERATORS, *AGGREGATES, *_WINDOWS, *_FUNCTIONS))

_PLAIN_TYPES = frozenset({
    *exp.DataType.INTEGER_TYPES, *exp.DataType.REAL_TYPES, *exp.DataType.TEXT_TYPES, *exp.DataType.TEMPORAL_TYPES,
    exp.DataType.Type.BOOLEAN, exp.DataType.Type.INTERVAL, exp.DataType.Type.TIME,
})  # fmt: skip


def read(sql: str, datasets: Collection[str]) -> exp.Query:
    """The tree of one query over `datasets`. Raises Invalid that names everything which is not allowed."""
    if len(sql) > LONGEST:
        raise Invalid("exchange.query.long", most=LONGEST)
    tree = _parsed(sql)
    check(tree, datasets)
    return tree


def check(tree: exp.Expr, datasets: Collection[str]) -> None:
    """Raises Invalid with every fault of a tree, however it was made."""
    nodes = list(tree.walk())
    if len(nodes) > _MOST_NODES:
        raise Invalid("exchange.query.long", most=_MOST_NODES)
    refuse(_faults(nodes, datasets))


def refuse(faults: Iterable[Fault]) -> None:
    """Raises Invalid with each fault once, if there is any."""
    shown = {(one.key, str(one.values)): one for one in faults}
    if shown:
        raise Invalid("exchange.query.not_allowed", faults=tuple(shown.values()), count=len(shown))


def tables_of(sql: str) -> frozenset[str]:
    """The datasets that a query reads from, by name. Raises Invalid with what it reads from that has none."""
    if len(sql) > LONGEST:
        raise Invalid("exchange.query.long", most=LONGEST)
    tree = _parsed(sql)
    own = {one.alias_or_name.lower() for one in tree.find_all(exp.CTE)}
    tables = list(tree.find_all(exp.Table))
    refuse(fault for one in tables for fault in _nameless(one))
    return frozenset(one.name for one in tables if one.name.lower() not in own)


def _parsed(sql: str) -> exp.Query:
    if _depth(sql) > _DEEPEST or "\0" in sql:
        raise Invalid("exchange.query.deep", most=_DEEPEST)
    if not _BEGINS.match(sql):
        raise Invalid("exchange.query.one_query")
    try:
        found = [one for one in sqlglot.parse(sql, dialect=DIALECT) if one is not None]
    except (
        SqlglotError,
        RecursionError,
        ValueError,
        AttributeError,
        KeyError,
        IndexError,
        TypeError,
    ) as error:
        reason = _first_line(error)
        raise Invalid("exchange.query.unreadable", faults=_place(error), reason=reason) from None
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        raise Invalid("exchange.query.one_query")
    return _unwrapped(found[0])


def _unwrapped(tree: exp.Query) -> exp.Query:
    """Brackets around the whole say nothing; with an order or a limit of their own they are a query like any other."""
    while isinstance(tree, exp.Subquery) and not any(
        value for name, value in tree.args.items() if name != "this"
    ):
        tree = tree.this
    if isinstance(tree, exp.Subquery):
        raise Invalid("exchange.query.one_query")
    return tree


def _depth(sql: str) -> int:
    """Of brackets, strings not regarded: it may only be overrated."""
    depth = deepest = 0
    for character in sql:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _first_line(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.replace("\x1b[4m", "").replace("\x1b[0m", "")[:200]


def _place(error: Exception) -> tuple[Fault, ...]:
    """Where reading stopped, as `line:column`, and at which word; nothing where the reader does not tell."""
    told = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    line, end, near = told.get("line"), told.get("col"), str(told.get("highlight") or "")
    if not line or not end:
        return ()
    column = max(end - len(near) + 1, 1)
    return (
        Fault("exchange.query.here", f"{line}:{column}", {"line": line, "column": column, "near": near[:40]}),
    )


def _faults(nodes: list[exp.Expr], datasets: Collection[str]) -> Iterator[Fault]:
    known = {name.lower() for name in datasets}
    own = {node.alias_or_name.lower() for node in nodes if isinstance(node, exp.CTE)}
    for node in nodes:
        if type(node) not in ALLOWED:
            yield Fault("exchange.query.word", values={"word": _word(node)})
        elif isinstance(node, exp.Table):
            yield from _table_faults(node, known | own)
        elif isinstance(node, exp.CTE) and _is_taken(node.alias_or_name.lower(), known):
            yield Fault("exchange.query.shadows", values={"name": node.alias_or_name})
        elif unwanted := _unwanted(node):
            yield Fault("exchange.query.word", values={"word": unwanted})


def _is_taken(name: str, datasets: Collection[str]) -> bool:
    """Of a dataset, or of what a dataset is called in a governed query."""
    return name in datasets or name.startswith("governed")


def _table_faults(table: exp.Table, known: Collection[str]) -> Iterator[Fault]:
    if nameless := tuple(_nameless(table)):
        yield from nameless
    elif table.name.lower() not in known:
        yield Fault("exchange.query.dataset", values={"name": table.name[:80]})


def _nameless(table: exp.Table) -> Iterator[Fault]:
    """Functions and tables of other schemas are no datasets."""
    extra = [name for name, value in table.args.items() if value and name not in ("this", "alias", "joins")]
    if not isinstance(table.this, exp.Identifier) or extra:
        yield Fault("exchange.query.source", values={"name": table.sql(dialect=DIALECT)[:80]})


def _unwanted(node: exp.Expr) -> str | None:
    """What an allowed word may not carry."""
    match node:
        case exp.Column() if node.args.get("db") or node.args.get("catalog"):
            return node.sql(dialect=DIALECT)[:80]
        case exp.With() if node.args.get("recursive"):
            return "RECURSIVE"
        case exp.TableAlias() if node.args.get("columns"):
            return "AS t(…)"
        case exp.Group() if any(value for name, value in node.args.items() if name != "expressions"):
            return "GROUP BY ALL / ROLLUP / CUBE / GROUPING SETS"
        case exp.Select() if any(node.args.get(name) for name in _CLAUSES):
            return next(name for name in _CLAUSES if node.args.get(name)).upper()
        case exp.SetOperation() if any(node.args.get(name) for name in ("by_name", "side", "kind", "on")):
            return "UNION BY NAME"
        case exp.Distinct() if node.args.get("on"):
            return "DISTINCT ON"
        case exp.DataType() if node.this not in _PLAIN_TYPES or node.args.get("nested"):
            return node.sql(dialect=DIALECT)[:40]
        case exp.Join() if node.args.get("method") or node.args.get("kind") in ("SEMI", "ANTI", "POSITIONAL"):
            return str(node.args.get("method") or node.args.get("kind"))
        case exp.Star() if node.args.get("replace") or node.args.get("rename"):
            return "* REPLACE / RENAME"
        case exp.Limit() | exp.Offset() if not isinstance(node.expression, exp.Literal):
            return "LIMIT"
    return None


_CLAUSES = (
    "qualify", "sample", "pivots", "laterals", "into", "locks", "hint", "windows", "match", "kind", "connect", "cluster",
    "distribute", "sort", "prewhere", "settings", "format", "options", "operation_modifiers",
)  # fmt: skip


def _word(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"{node.name}()"[:80]
    if isinstance(node, exp.Func):
        return f"{node.sql_name()}()"
    return type(node).__name__
