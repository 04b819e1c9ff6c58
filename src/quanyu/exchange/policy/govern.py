"""A query goes in, the query that keeps to every contract comes out: the one enforcement behind each way of delivery.

read  ─►  names and columns of the contracts only (qualified)  ─►  masks late or early, or refused  ─►  groups and noise
─►  sources narrowed to columns, rows and large groups  ─►  late masks and the limit at the outermost projection
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from quanyu.core.errors import Fault, Invalid
from quanyu.exchange.policy.grammar import DIALECT, check, read
from quanyu.exchange.policy.grouping import keep_groups
from quanyu.exchange.policy.lineage import Labels, Masked, place_masks
from quanyu.exchange.policy.masks import Afterwards, Parameters, afterwards, masked_sql
from quanyu.exchange.policy.sources import PLACE, Relation, source_sql
from quanyu.exchange.policy.strictest import strictest
from quanyu.exchange.policy.terms import Terms
from quanyu.govern.quality.quote import name

_ANSWER = "governed answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Governed:
    """`columns` are the names of the answer, `afterwards` what is still to be done to a column, by its place.

    `epsilon` is what the answer costs of the budget for noise; `most` rows are all that the contracts give in one answer.
    """

    sql: str
    columns: tuple[str, ...]
    parameters: Parameters = field(default_factory=dict)
    afterwards: Mapping[int, Afterwards] = field(default_factory=dict)
    epsilon: float = 0.0
    most: int | None = None


def govern(sql: str, relations: Sequence[Relation], *, ordered: bool = False) -> Governed:
    """`ordered`: a page of records begins where the one before has ended. Raises Invalid with every fault of the query."""
    if not relations:
        raise Invalid("exchange.query.no_dataset")
    by_name = {one.dataset.lower(): one for one in relations}
    tree = _qualified(read(sql, by_name), relations)
    masks = {
        key: {column.lower(): mask for column, mask in one.terms.masks.items()}
        for key, one in by_name.items()
    }
    placed = place_masks(tree, masks)
    whole = strictest([_of_the_answer(one.terms) for one in relations])
    with_record = whole.aggregates_only and keep_groups(tree, whole.group, whole.noise)
    columns = _names_shown(tree, relations)
    _make_casts_silent(tree)
    used = _point_to_sources(tree, by_name)
    ordered = ordered and bool(tree.args.get("limit"))
    if ordered:
        tree = _in_order(tree)
    parameters: Parameters = {}
    sources = _sources(used, placed.early, parameters, with_record=with_record, with_place=ordered)
    outer = _outermost(placed.late, columns, by_name, parameters)
    inner = tree.sql(dialect=DIALECT, comments=False)
    limit = f" limit {whole.rows}" if whole.rows else ""
    return Governed(
        sql=f"{sources}select {outer} from ({inner}) as {_answer_columns(columns)}{limit}",
        columns=columns, parameters=parameters, afterwards=_afterwards(placed.late, by_name),
        epsilon=whole.noise.epsilon if whole.noise else 0.0, most=whole.rows,
    )  # fmt: skip


def _sources(
    used: Mapping[str, Relation], early: frozenset[Masked], parameters: Parameters, *, with_record: bool, with_place: bool
) -> str:  # fmt: skip
    """Every relation as a common table expression that the engine looks through."""
    made = []
    for dataset, one in used.items():
        masked = {label.column for label in early if label.dataset == dataset}
        inner = source_sql(one, masked, parameters, with_record=with_record, with_place=with_place)
        made.append(f"{name(one.view)} as not materialized ({inner})")
    return f"with {', '.join(made)} " if made else ""


def _of_the_answer(terms: Terms) -> Terms:
    """What holds for the answer as a whole, whatever datasets it is made of."""
    return Terms(
        columns=("*",), purpose=terms.purpose, basis=terms.basis, starts=terms.starts, ends=terms.ends,
        rows=terms.rows, group=terms.group, noise=terms.noise,
    )  # fmt: skip


def _qualified(tree: exp.Query, relations: Sequence[Relation]) -> exp.Query:
    """Every column with its table, every * written out. What the contracts do not give has no name here."""
    schema: dict[str, object] = {
        one.dataset: {column: one.columns[column] for column in one.given} for one in relations
    }
    try:
        made = qualify(tree, dialect=DIALECT, schema=schema)
    except (
        SqlglotError,
        RecursionError,
        ValueError,
        KeyError,
        AttributeError,
        TypeError,
        IndexError,
    ) as error:
        raise _unknown_column(error) from None
    assert isinstance(made, exp.Query)
    check(made, [one.dataset for one in relations])
    for column in made.find_all(exp.Column):
        if not column.table and column.find_ancestor(exp.Order) is None:
            raise Invalid("exchange.query.column", reason=column.name[:80])
    return made


def _unknown_column(error: Exception) -> Invalid:
    """With its place as `line:column` where the words of the qualifier tell it."""
    said, _, place = str(error).partition(". Line: ")
    line, _, end = place.partition(", Col: ")
    named = said.split("'")[1] if said.count("'") > 1 else ""
    known = named and "could not be resolved" in said
    key, reason = ("exchange.query.no_column", named[:80]) if known else ("exchange.query.column", said[:200])
    if not (line.isdigit() and end.isdigit()):
        return Invalid(key, reason=reason)
    where = f"{line}:{max(int(end) - len(named) + 1, 1)}"
    return Invalid(key, faults=(Fault(key, where, {"reason": reason}),), reason=reason)


def _names_shown(tree: exp.Query, relations: Sequence[Relation]) -> tuple[str, ...]:
    """As the datasets write them, each once: the second of one name is `name_2`."""
    written = {column.lower(): column for one in relations for column in one.columns}
    shown: list[str] = []
    for found in tree.named_selects:
        wanted = written.get(found.lower(), found) or "value"
        unique, number = wanted, 1
        while unique in shown:
            number += 1
            unique = f"{wanted}_{number}"
        shown.append(unique)
    return tuple(shown)


def _make_casts_silent(tree: exp.Query) -> None:
    """A cast that fails would tell by its message what a record holds that the contract leaves out."""
    for cast in list(tree.find_all(exp.Cast)):
        if type(cast) is exp.Cast:
            cast.replace(exp.TryCast(this=cast.this, to=cast.to))


def _point_to_sources(tree: exp.Query, relations: Mapping[str, Relation]) -> dict[str, Relation]:
    """The relations that the query reads, by their lower-case names; its tables become them."""
    used: dict[str, Relation] = {}
    for table in list(tree.find_all(exp.Table)):
        if (found := relations.get(table.name.lower())) is not None:
            used[table.name.lower()] = found
            table.set("this", exp.to_identifier(found.view, quoted=True))
    return used


def _in_order(tree: exp.Query) -> exp.Query:
    """As the records lie: no engine keeps to that by itself once some of them are replaced."""
    return tree.order_by(*(exp.column(one, quoted=True) for one in PLACE), copy=False)


def _outermost(
    late: Labels, columns: Sequence[str], relations: Mapping[str, Relation], parameters: Parameters
) -> str:
    shown = []
    for place, (label, column) in enumerate(zip(late, columns, strict=True)):
        value = f"c{place}"
        if label is not None:
            one = relations[label.dataset]
            written = next(known for known in one.columns if known.lower() == label.column)
            mask = one.terms.masks[written]
            value = masked_sql(value, one.columns[written], mask, one.key, parameters)
        shown.append(f"{value} as {name(column)}")
    return ", ".join(shown)


def _answer_columns(columns: Sequence[str]) -> str:
    return f"{name(_ANSWER)}({', '.join(f'c{place}' for place in range(len(columns)))})"


def _afterwards(late: Labels, relations: Mapping[str, Relation]) -> dict[int, Afterwards]:
    work = {}
    for place, label in enumerate(late):
        if label is not None:
            one = relations[label.dataset]
            masks = {column.lower(): mask for column, mask in one.terms.masks.items()}
            if change := afterwards(masks[label.column], one.key):
                work[place] = change
    return work
