"""A rule becomes SQL over the relation `typed`: a boolean that is true where a record breaks it.

`typed` has each column with its type, `_row`, and for columns that are no text also what was written, as `written(column)`.
Checks that need more than the record itself (keys, groups, the position before) first build a small table: `setup`.
Nothing of a rule gets into SQL except through `quality.quote`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from quanyu.core.errors import Invalid
from quanyu.core.identifiers import PROVINCES
from quanyu.core.profile import TEMPORAL_TYPES, ValueType
from quanyu.govern.quality import identifiers
from quanyu.govern.quality.quote import literal, literals, name, names
from quanyu.govern.quality.rules import Rule, RuleKind, Scalar

WRITTEN = "_text:"
REGIONS = "regions"
NO_GEOMETRY = "is_no_geometry"
"""A function that the import engine has in SQL; what has been accepted is not asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`checked` is true for records that the rule looks at; `groups` counts what is behind the broken records."""

    setup: tuple[str, ...] = ()
    broken: str
    checked: str = "true"
    groups: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a rule may refer to: the types of the columns, other tables (Parquet files by name), the date of validity."""

    types: Mapping[str, ValueType]
    tables: Mapping[str, str]
    as_of: date
    readable: frozenset[str] = frozenset()  # columns whose every text has a typed value

    def written(self, column: str) -> str:
        """What the file said, as text (or the same value in plain form); null where it said "missing"."""
        if self.types[column] is ValueType.TEXT or self.types[column] is ValueType.GEOMETRY:
            return name(column)
        return f"{name(column)}::VARCHAR" if column in self.readable else name(WRITTEN + column)

    def present(self, column: str) -> str:
        """SQL: the file says something in this column."""
        plain = column in self.readable or self.types[column] in (ValueType.TEXT, ValueType.GEOMETRY)
        return f"{name(column) if plain else name(WRITTEN + column)} IS NOT NULL"

    def table(self, rule: Rule) -> str:
        wanted = str(rule.parameters.get("table", REGIONS))
        if wanted not in self.tables:
            raise Invalid("govern.rule.table_unknown", rule=rule.name, table=wanted)
        return f"read_parquet({literal(self.tables[wanted])})"


def is_applicable(rule: Rule, around: Surroundings) -> bool:
    """The columns and the table that the rule names are there."""
    needs_table = "table" in rule.parameters or rule.kind is RuleKind.REGION_CODE
    has_table = not needs_table or str(rule.parameters.get("table", REGIONS)) in around.tables
    return has_table and all(column in around.types for column in rule.columns)


def compile_rule(rule: Rule, around: Surroundings, *, temporary: str) -> Check:
    """`temporary` is the name for the rule's own table. Raises Invalid for unknown columns, tables, missing parameters."""
    unknown = [column for column in rule.columns if column not in around.types]
    if unknown:
        raise Invalid("govern.rule.column_unknown", rule=rule.name, columns=", ".join(unknown))
    try:
        return _CHECKS[rule.kind](rule, around, name(temporary))
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise Invalid("govern.rule.parameter", rule=rule.name, parameter=str(error)) from error


def _not_null(rule: Rule, around: Surroundings, _: str) -> Check:
    return Check(broken=f"NOT ({around.present(rule.columns[0])})")


def _type(rule: Rule, around: Surroundings, _: str) -> Check:
    column = rule.columns[0]
    present = around.present(column)
    broken = "false" if column in around.readable else f"({present} AND {name(column)} IS NULL)"
    return Check(broken=broken, checked=present)


def _unique(rule: Rule, around: Surroundings, temporary: str) -> Check:
    """The first record of a key is good, the others break the rule."""
    key = names(rule.columns)
    filled = " AND ".join(f"{name(column)} IS NOT NULL" for column in rule.columns)
    setup = f"SELECT {key}, min(_row) AS _first FROM typed WHERE {filled} GROUP BY {key} HAVING count(*) > 1"
    repeated = f"({key}) IN (SELECT {key} FROM {temporary})"
    return Check(
        setup=(f"CREATE TEMP TABLE {temporary} AS {setup}",),
        broken=f"({repeated} AND _row NOT IN (SELECT _first FROM {temporary}))",
        checked=f"({filled})",
        groups=f"SELECT count(*) FROM {temporary}",
    )


def _range(rule: Rule, around: Surroundings, _: str) -> Check:
    column = rule.columns[0]
    bound = _bound_of(around.types[column])
    sides = [
        f"{name(column)} {sign} {bound(rule.parameters[side])}"
        for side, sign in (("minimum", "<"), ("maximum", ">"))
        if rule.parameters.get(side) is not None
    ]
    if not sides:
        raise KeyError("minimum, maximum")
    return Check(broken=f"({' OR '.join(sides)})", checked=f"{name(column)} IS NOT NULL")


def _bound_of(type_: ValueType) -> Callable[[object], str]:
    if type_ in TEMPORAL_TYPES:
        return lambda value: f"CAST({literal(str(value))} AS TIMESTAMP)"
    return lambda value: literal(float(str(value)))


def _text_check(pattern: Callable[[Rule, str], str]) -> Callable[[Rule, Surroundings, str], Check]:
    def check(rule: Rule, around: Surroundings, _: str) -> Check:
        written = around.written(rule.columns[0])
        return Check(broken=pattern(rule, written), checked=around.present(rule.columns[0]))

    return check


def _pattern(rule: Rule, written: str) -> str:
    return f"NOT regexp_full_match({written}, {literal(str(rule.parameters['pattern']))})"


def _rounded_number(rule: Rule, written: str) -> str:
    lost = identifiers.lost_digits(written)
    return f"({lost} OR {identifiers.rounded(written)})" if rule.parameters.get("zeros") else lost


def _code_list(rule: Rule, around: Surroundings, temporary: str) -> Check:
    written = around.written(rule.columns[0])
    if "table" in rule.parameters:
        return _referential(rule, around, temporary)
    codes = [str(code) for code in _list(rule, "codes")]
    return Check(broken=f"{written} NOT IN ({literals(codes)})", checked=around.present(rule.columns[0]))


def _region_code(rule: Rule, around: Surroundings, temporary: str) -> Check:
    """No code at all, or not valid any more, or not yet: at the date of the dataset, or with `date_column` at that of the record.

    Longer codes count by their first six figures. A code that the list does not know may be newer than the list;
    `code_list` with the same table asks for those.
    """
    written = around.written(rule.columns[0])
    code = f"left({written}, 6)"
    when = (
        name(str(rule.parameters["date_column"]))
        if "date_column" in rule.parameters
        else literal(around.as_of)
    )
    setup = f"SELECT code::VARCHAR AS _code, valid_from::DATE AS _since, valid_to::DATE AS _until FROM {around.table(rule)}"
    valid = f"(r._since IS NULL OR r._since <= {when}) AND (r._until IS NULL OR r._until > {when})"
    return Check(
        setup=(f"CREATE TEMP TABLE {temporary} AS {setup}",),
        broken=f"(NOT regexp_full_match({written}, {literal(_ANY_REGION)}) OR {code} IN (SELECT _code FROM {temporary}) AND NOT EXISTS"
        f" (SELECT 1 FROM {temporary} r WHERE r._code = {code} AND {valid}))",
        checked=around.present(rule.columns[0]),
    )


_ANY_REGION = r"([0-9]{2}){1,3}|[0-9]{9}|[0-9]{12}"
"""Province, city, county; street and neighbourhood behind it (GB/T 2260, GB/T 10114 and the codes of statistics)."""


def _placeholder_point(rule: Rule, around: Surroundings, _: str) -> Check:
    longitude, latitude, *pair = rule.columns
    x, y = name(longitude), name(latitude)
    points = [[0.0, 0.0], *_points(rule)]
    cases = [f"({x} = {literal(float(a))} AND {y} = {literal(float(b))})" for a, b in points]
    cases += [f"regexp_full_match({around.written(column)}, {literal(_ZERO_PAIR)})" for column in pair]
    return Check(
        broken="(" + " OR ".join(f"coalesce({case}, false)" for case in cases) + ")",
        checked=f"({x} IS NOT NULL AND {y} IS NOT NULL)",
    )


_ZERO_PAIR = r"[\[(]?\s*-?0(\.0*)?\s*[,; ]\s*-?0(\.0*)?\s*[\])]?"


def _points(rule: Rule) -> list[list[float]]:
    return [point for point in _list(rule, "points", []) if isinstance(point, list)]


def _list(rule: Rule, parameter: str, default: object = None) -> list[Scalar | list[float]]:
    value = rule.parameters.get(parameter, default)
    if not isinstance(value, list):
        raise KeyError(parameter)
    return value


def _inside_region(rule: Rule, _: Surroundings, __: str) -> Check:
    x, y = (name(column) for column in rule.columns[:2])
    west, south, east, north = (
        literal(float(str(rule.parameters[side]))) for side in ("west", "south", "east", "north")
    )
    return Check(
        broken=f"({x} NOT BETWEEN {west} AND {east} OR {y} NOT BETWEEN {south} AND {north})",
        checked=f"({x} IS NOT NULL AND {y} IS NOT NULL)",
    )


def _compare(rule: Rule, around: Surroundings, _: str) -> Check:
    first, second = rule.columns
    operator = str(rule.parameters.get("operator", "<="))
    if operator not in {"<=", "<", "=", "<>", ">", ">="}:
        raise ValueError("operator")
    left, right = name(first), name(second)
    if ValueType.DATE in (around.types[first], around.types[second]):
        left, right = f"{left}::DATE", f"{right}::DATE"
    return Check(
        broken=f"NOT ({left} {operator} {right})", checked=f"({left} IS NOT NULL AND {right} IS NOT NULL)"
    )


def _sum(rule: Rule, _: Surroundings, __: str) -> Check:
    """The columns before the last one make it together; what is no number is told by other rules."""
    if len(rule.columns) < 3:
        raise IndexError("columns")
    *parts, whole = (f"try_cast({name(column)} AS DOUBLE)" for column in rule.columns)
    tolerance = literal(float(str(rule.parameters.get("tolerance", 0))))
    filled = " AND ".join(f"{one} IS NOT NULL" for one in (*parts, whole))
    return Check(broken=f"abs({' + '.join(parts)} - {whole}) > {tolerance}", checked=f"({filled})")


def _functional_dependency(rule: Rule, around: Surroundings, temporary: str) -> Check:
    """A code that stands for more than one name breaks the rule with all its records."""
    *codes, meaning = rule.columns
    code, filled = names(codes), " AND ".join(f"{name(column)} IS NOT NULL" for column in rule.columns)
    setup = f"SELECT {code} FROM typed WHERE {filled} GROUP BY {code} HAVING min({name(meaning)}) <> max({name(meaning)})"
    return Check(
        setup=(f"CREATE TEMP TABLE {temporary} AS {setup}",),
        broken=f"({code}) IN (SELECT {code} FROM {temporary})",
        checked=f"({filled})",
        groups=f"SELECT count(*) FROM {temporary}",
    )


def _referential(rule: Rule, around: Surroundings, temporary: str) -> Check:
    written = around.written(rule.columns[0])
    other = name(str(rule.parameters["column"]))
    if "prefix" in rule.parameters:
        written = f"left({written}, {int(str(rule.parameters['prefix']))})"
    setup = f"SELECT DISTINCT {other}::VARCHAR AS code FROM {around.table(rule)} WHERE {other} IS NOT NULL"
    return Check(
        setup=(f"CREATE TEMP TABLE {temporary} AS {setup}",),
        broken=f"{written} NOT IN (SELECT code FROM {temporary})",
        checked=around.present(rule.columns[0]),
    )


def _repeated_text(rule: Rule, around: Surroundings, temporary: str) -> Check:
    """The first record with a text is good, the others repeat it."""
    text = around.written(rule.columns[0])
    setup = f"SELECT {text} AS said, min(_row) AS _first FROM typed WHERE {text} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
    return Check(
        setup=(f"CREATE TEMP TABLE {temporary} AS {setup}",),
        broken=f"({text} IN (SELECT said FROM {temporary}) AND _row NOT IN (SELECT _first FROM {temporary}))",
        checked=around.present(rule.columns[0]),
        groups=f"SELECT count(*) FROM {temporary}",
    )


def _reference(rule: Rule, around: Surroundings, temporary: str) -> Check:
    """The last column against the reference set with the same key, numbers within `tolerance`."""
    *key, column = rule.columns
    other_key = [str(part) for part in _list(rule, "key", list(key))]
    other = name(str(rule.parameters.get("column", column)))
    if len(other_key) != len(key):
        raise ValueError("key")
    keys = ", ".join(f"{name(part)}::VARCHAR AS _k{index}" for index, part in enumerate(other_key))
    same = " AND ".join(f"r._k{index} = {around.written(part)}" for index, part in enumerate(key))
    tolerance = rule.parameters.get("tolerance")
    differs = f"r._v::VARCHAR <> {around.written(column)}"
    if tolerance is not None:
        differs = f"abs(r._v::DOUBLE - {name(column)}) > {literal(float(str(tolerance)))}"
    return Check(
        setup=(f"CREATE TEMP TABLE {temporary} AS SELECT {keys}, {other} AS _v FROM {around.table(rule)}",),
        broken=f"EXISTS (SELECT 1 FROM {temporary} r WHERE {same} AND {differs})",
        checked=f"EXISTS (SELECT 1 FROM {temporary} r WHERE {same})",
    )


def _speed(rule: Rule, _: Surroundings, temporary: str) -> Check:
    """A position that its entity can neither have come to nor left at `maximum` km/h, outliers of the region aside.

    The first and the last position have one side only; they are blamed where their neighbour is not.
    """
    entity, time, longitude, latitude = (name(column) for column in rule.columns)
    sides = [rule.parameters.get(side) for side in ("west", "south", "east", "north")]
    inside = f"{longitude} IS NOT NULL AND {latitude} IS NOT NULL AND {time} IS NOT NULL"
    if None not in sides:
        west, south, east, north = (literal(float(str(side))) for side in sides)
        inside += f" AND {longitude} BETWEEN {west} AND {east} AND {latitude} BETWEEN {south} AND {north}"
    maximum = literal(float(str(rule.parameters["maximum"])))
    leap = literal(float(str(rule.parameters.get("leap", 0))))
    setup = f"""CREATE TEMP TABLE {temporary} AS
        WITH positions AS (SELECT _row, {entity} AS e, epoch({time}) AS t, radians({longitude}) AS x, radians({latitude}) AS y
                           FROM typed WHERE {inside}),
        steps AS (SELECT _row, e, t, {_speed_to("lag", leap)} AS arriving, {_speed_to("lead", leap)} AS leaving FROM positions
                  WINDOW track AS (PARTITION BY e ORDER BY t, _row)),
        sides AS (SELECT *, lag(arriving) OVER track AS before, lead(leaving) OVER track AS after FROM steps
                  WINDOW track AS (PARTITION BY e ORDER BY t, _row))
        SELECT _row FROM sides WHERE arriving > {maximum} AND leaving > {maximum}
            OR leaving IS NULL AND arriving > {maximum} AND coalesce(before, 0) <= {maximum}
            OR arriving IS NULL AND leaving > {maximum} AND coalesce(after, 0) <= {maximum}"""
    return Check(setup=(setup,), broken=f"_row IN (SELECT _row FROM {temporary})", checked=f"({inside})")


def _speed_to(neighbour: str, leap: str) -> str:
    """km/h over the sphere; 0 for what is nearer than `leap` metres, which is jitter of the receiver."""
    x, y, t = (f"{neighbour}({axis}) OVER track" for axis in "xyt")
    half = f"power(sin((y - {y}) / 2), 2) + cos(y) * cos({y}) * power(sin((x - {x}) / 2), 2)"
    metres = f"2 * 6371008.8 * atan2(sqrt({half}), sqrt(abs(1 - ({half}))))"
    return f"CASE WHEN {metres} < {leap} THEN 0 ELSE 3.6 * {metres} / greatest(abs(t - {t}), 1) END"


def _encoding(rule: Rule, around: Surroundings, _: str) -> Check:
    texts = [around.written(column) for column in rule.columns]
    return Check(
        broken="(" + " OR ".join(f"coalesce(contains({text}, chr(65533)), false)" for text in texts) + ")"
    )


def _of_dataset(_: Rule, __: Surroundings, ___: str) -> Check:
    """Not about single records of the table: counted elsewhere (freshness, lines that are no records)."""
    return Check(broken="false")


_CHECKS: dict[RuleKind, Callable[[Rule, Surroundings, str], Check]] = {
    RuleKind.NOT_NULL: _not_null,
    RuleKind.UNIQUE: _unique,
    RuleKind.TYPE: _type,
    RuleKind.RANGE: _range,
    RuleKind.PATTERN: _text_check(_pattern),
    RuleKind.CODE_LIST: _code_list,
    RuleKind.ID_CARD: _text_check(
        lambda _, text: identifiers.bad_id_card(text, provinces=literals(sorted(PROVINCES)))
    ),
    RuleKind.CREDIT_CODE: _text_check(lambda _, text: identifiers.bad_credit_code(text)),
    RuleKind.ORGANISATION_CODE: _text_check(lambda _, text: identifiers.bad_organisation_code(text)),
    RuleKind.REGION_CODE: _region_code,
    RuleKind.ROUNDED_NUMBER: _text_check(_rounded_number),
    RuleKind.PHONE: _text_check(
        lambda _, text: (
            f"NOT regexp_full_match(regexp_replace({text}, '[ ()]', '', 'g'), {literal(identifiers.PHONE)})"
        )
    ),
    RuleKind.EMAIL: _text_check(
        lambda _, text: f"NOT regexp_full_match({text}, {literal(identifiers.EMAIL)})"
    ),
    RuleKind.GEOMETRY: _text_check(lambda _, text: f"{NO_GEOMETRY}({text})"),
    RuleKind.PLACEHOLDER_POINT: _placeholder_point,
    RuleKind.INSIDE_REGION: _inside_region,
    RuleKind.COMPARE: _compare,
    RuleKind.SUM: _sum,
    RuleKind.FUNCTIONAL_DEPENDENCY: _functional_dependency,
    RuleKind.REFERENTIAL: _referential,
    RuleKind.REPEATED_TEXT: _repeated_text,
    RuleKind.FRESHNESS: _of_dataset,
    RuleKind.REFERENCE: _reference,
    RuleKind.SPEED: _speed,
    RuleKind.ENCODING: _encoding,
    RuleKind.REJECT: _of_dataset,
}
