"""Words of DuckDB as Spark says them with the same meaning; a word that is not here is refused, never guessed.

Where the engines differ DuckDB is right: numbers divide to infinity, days of the week begin with 0, whole numbers are rounded to and
not cut, text of a number has no capital E, backslashes mean nothing in LIKE.
"""

from collections.abc import Callable

from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator

from quanyu.core.errors import Invalid

Write = Callable[[SparkGenerator, exp.Expr], str]

_SAME = (
    exp.Abs, exp.And, exp.Array, exp.ArrayContains, exp.Atan2, exp.Between, exp.Case, exp.Ceil, exp.Coalesce, exp.Concat,
    exp.ConcatWs, exp.Contains, exp.Corr, exp.Cos, exp.Count, exp.CountIf, exp.CurrentDate, exp.Day, exp.DenseRank, exp.EndsWith,
    exp.Exists, exp.Exp, exp.FirstValue, exp.Floor, exp.Greatest, exp.GroupConcat, exp.If, exp.Lag, exp.LastValue, exp.Lead, exp.Least,
    exp.Length, exp.Lower, exp.Max, exp.Median, exp.Min, exp.Month, exp.Nullif, exp.Or, exp.Pow, exp.Quarter, exp.Radians, exp.Rank,
    exp.RegexpExtract, exp.Replace, exp.Right, exp.RowNumber, exp.SHA2, exp.Sign, exp.Sin, exp.SplitPart, exp.Sqrt, exp.StartsWith,
    exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.StrPosition, exp.Struct, exp.Sum, exp.Translate, exp.Trim, exp.Upper,
    exp.Variance, exp.VariancePop, exp.Year,
)  # fmt: skip
"""sqlglot writes these as Spark wants them."""

_CALLS = {"xxhash64", "regexp_replace", "octet_length"}
"""Spark's own, put in by the rewriting of the tree."""

_DOUBLE = "TYPEOF({0}) IN ('double', 'float')"
_TEXT_OF_DOUBLE = (
    "CASE WHEN ISNAN({0}) THEN 'nan' WHEN ABS({0}) = DOUBLE('Infinity') THEN IF({0} > 0, 'inf', '-inf')"
    " WHEN {0} = 0 OR ABS({0}) BETWEEN 1e-3 AND 9999999 THEN {1}"
    " WHEN ABS({0}) >= 1e-4 AND ABS({0}) < 1e16 THEN REGEXP_REPLACE(REGEXP_REPLACE("
    "CAST(TRY_CAST({1} AS DECIMAL(38, 20)) AS STRING), '0+$', ''), '[.]$', '.0')"
    " ELSE REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(LOWER({1}), '[.]0e', 'e'), 'e([0-9])', 'e+$1'), 'e([+-])([0-9])$', 'e$10$2') END"
)
_WHOLE = {exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT}
_WHOLE_OF = (
    "CASE WHEN {1} IS NULL OR {1} RLIKE '^[0-9+-]+$' THEN {2}({1} AS {3}) WHEN TYPEOF({0}) = 'boolean' THEN CAST({1} = 'true' AS {3})"
    " WHEN TYPEOF({0}) IN ('double', 'float') THEN {2}(RINT(TRY_CAST({1} AS DOUBLE)) AS {3})"
    " WHEN {2}({1} AS DOUBLE) IS NOT NULL THEN {2}(ROUND(TRY_CAST({1} AS DECIMAL(38, 9)), 0) AS {3}) END"
)
_DAYS = r"'^\\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}'"
_PARTS = frozenset({"YEAR", "MONTH", "DAY", "QUARTER", "WEEK", "HOUR", "MINUTE", "DOY"})
_FORMAT = frozenset("YmdHMSf")


def known(node: exp.Expr) -> bool:
    """Whether a function means the same on both engines as it will be written."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in _CALLS
    return not isinstance(node, exp.Func) or isinstance(node, _SAME) or type(node) in WRITTEN


def refused(word: str) -> Invalid:
    return Invalid("query.word", word=word[:60])


def _cast(writer: SparkGenerator, node: exp.Expr) -> str:
    """TRY only where DuckDB tries."""
    assert isinstance(node, exp.Cast)
    verb, kind = ("TRY_CAST" if isinstance(node, exp.TryCast) else "CAST"), node.to.this
    value, target = writer.sql(node, "this"), writer.sql(node, "to")
    plain = f"{verb}({value} AS {target})"
    if isinstance(node.this, exp.Literal | exp.Null | exp.Boolean):
        return plain
    if kind in exp.DataType.TEXT_TYPES:
        text = f"CAST({value} AS STRING)"
        number = f"TRY_CAST({text} AS DOUBLE)"
        return (
            f"CASE WHEN {_DOUBLE.format(value)} THEN {_TEXT_OF_DOUBLE.format(number, text)} ELSE {text} END"
        )
    if kind in _WHOLE:
        return _WHOLE_OF.format(value, f"CAST({value} AS STRING)", verb, target)
    if kind in (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ):
        return f"CASE WHEN CAST({value} AS STRING) RLIKE {_DAYS} THEN {plain} END"
    return plain


def _div(writer: SparkGenerator, node: exp.Expr) -> str:
    upper, lower = (f"CAST({writer.sql(node, side)} AS DOUBLE)" for side in ("this", "expression"))
    if isinstance(node.expression, exp.Literal) and float(node.expression.this) != 0:
        return f"{upper} / {lower}"
    endless = f"IF({upper} = 0 OR ISNAN({upper}), DOUBLE('NaN'), SIGNUM({upper}) * DOUBLE('Infinity'))"
    return f"(CASE WHEN {lower} = 0 THEN {endless} ELSE {upper} / {lower} END)"


def _round(writer: SparkGenerator, node: exp.Expr) -> str:
    """A double as DuckDB does it: moved, rounded, moved back."""
    value, places = writer.sql(node, "this"), writer.sql(node, "decimals") or "0"
    if not places.lstrip("-").isdigit():
        raise refused("round")
    factor = f"1e{abs(int(places))}D"
    out, back = ("/", "*") if places.startswith("-") else ("*", "/")
    moved = f"ROUND(CAST({value} AS DOUBLE) {out} {factor}, 0) {back} {factor}"
    return f"CASE WHEN {_DOUBLE.format(value)} THEN {moved} ELSE ROUND({value}, {places}) END"


def _ln(writer: SparkGenerator, node: exp.Expr) -> str:
    value = f"CAST({writer.sql(node, 'this')} AS DOUBLE)"
    return f"CASE WHEN {value} > 0 THEN LN({value}) WHEN {value} = 0 THEN DOUBLE('-Infinity') WHEN {value} < 0 THEN DOUBLE('NaN') END"


def _log(writer: SparkGenerator, node: exp.Expr) -> str:
    if node.expression is None:
        return f"LOG10({writer.sql(node, 'this')})"
    return f"LOG({writer.sql(node, 'this')}, {writer.sql(node, 'expression')})"


def _extract(writer: SparkGenerator, node: exp.Expr) -> str:
    part, value = node.name.upper(), writer.sql(node, "expression")
    if part in ("DOW", "DAYOFWEEK"):
        return f"(DAYOFWEEK({value}) - 1)"
    if part == "ISODOW":
        return f"(WEEKDAY({value}) + 1)"
    if part not in _PARTS:
        raise refused(f"extract({part})")
    return f"EXTRACT({part} FROM {value})"


def _between_dates(writer: SparkGenerator, node: exp.Expr) -> str:
    """DuckDB counts borders that are passed, not whole units."""
    end, begin = writer.sql(node, "this"), writer.sql(node, "expression")
    unit = node.text("unit").upper() or "DAY"
    number = {
        "DAY": "DATEDIFF(CAST({0} AS DATE), DATE'1970-01-01')", "YEAR": "YEAR({0})",
        "MONTH": "(YEAR({0}) * 12 + MONTH({0}))", "QUARTER": "(YEAR({0}) * 4 + QUARTER({0}))",
        "HOUR": "FLOOR(UNIX_SECONDS(CAST({0} AS TIMESTAMP)) / 3600)", "MINUTE": "FLOOR(UNIX_SECONDS(CAST({0} AS TIMESTAMP)) / 60)",
        "SECOND": "UNIX_SECONDS(CAST({0} AS TIMESTAMP))",
    }.get(unit)  # fmt: skip
    if number is None:
        raise refused(f"date_diff('{unit.lower()}')")
    return f"({number.format(end)} - {number.format(begin)})"


def _truncated(writer: SparkGenerator, node: exp.Expr) -> str:
    return f"CAST(DATE_TRUNC('{node.text('unit').upper()}', {writer.sql(node, 'this')}) AS TIMESTAMP_NTZ)"


def _moved(sign: str) -> Write:
    def write(writer: SparkGenerator, node: exp.Expr) -> str:
        unit, number = node.text("unit") or "DAY", writer.sql(node, "expression")
        step = number if number.startswith("INTERVAL") else f"INTERVAL {number} {unit}"
        return f"{writer.sql(node, 'this')} {sign} {step}"

    return write


def _said(writer: SparkGenerator, node: exp.Expr) -> str:
    """`strftime` and `strptime`, with numbers only: names of days are another matter in each engine."""
    told = node.args["format"]
    if not isinstance(told, exp.Literal) or not _plain_format(told.this):
        raise refused("strftime")
    format = writer.format_time(node) or "''"
    verb = "DATE_FORMAT" if isinstance(node, exp.TimeToStr) else "TO_TIMESTAMP"
    return f"{verb}({writer.sql(node, 'this')}, {format})"


def _plain_format(told: str) -> bool:
    marks = told.split("%")[1:]
    return all(mark[:1] in _FORMAT for mark in marks) and not any(c.isalpha() for c in told.split("%")[0]) and not any(
        c.isalpha() for mark in marks for c in mark[1:] if c.isascii()
    )  # fmt: skip


def _like(writer: SparkGenerator, node: exp.Expr) -> str:
    verb = "ILIKE" if isinstance(node, exp.ILike) else "LIKE"
    escape = "" if isinstance(node.parent, exp.Escape) else " ESCAPE '\x01'"
    return f"{writer.sql(node, 'this')} {verb} {writer.sql(node, 'expression')}{escape}"


def _substring(writer: SparkGenerator, node: exp.Expr) -> str:
    start = node.args["start"]
    if not (isinstance(start, exp.Literal) and start.is_int and int(start.this) > 0) and isinstance(
        start, exp.Literal | exp.Neg
    ):
        raise refused("substr(…, 0)")
    length = writer.sql(node, "length")
    return f"SUBSTRING({writer.sql(node, 'this')}, {writer.sql(start)}{f', {length}' if length else ''})"


def _left(writer: SparkGenerator, node: exp.Expr) -> str:
    if isinstance(node.expression, exp.Neg):
        raise refused("left(…, -1)")
    return f"LEFT({writer.sql(node, 'this')}, {writer.sql(node, 'expression')})"


def _rank(verb: str) -> Write:
    def write(writer: SparkGenerator, node: exp.Expr) -> str:
        value, rank = writer.sql(node, "this"), writer.sql(node, "expression") or writer.sql(node, "quantile")
        if verb == "PERCENTILE":
            return f"PERCENTILE({value}, {rank})"
        return f"PERCENTILE_DISC({rank}) WITHIN GROUP (ORDER BY {value})"

    return write


def _json(writer: SparkGenerator, node: exp.Expr) -> str:
    """One member of an object, by its JSON pointer; or a value as text."""
    value, path = writer.sql(node, "this"), node.expression
    if isinstance(node, exp.JSONExtractScalar):
        return f"CAST({value} AS STRING)"
    if not isinstance(path, exp.Literal) or not path.this.startswith("/"):
        raise refused("json_extract")
    steps = (one.replace("~1", "/").replace("~0", "~") for one in path.this[1:].split("/"))
    quoted = "".join(f"[{_double_quoted(one)}]" for one in steps)
    return f"VARIANT_GET(TRY_PARSE_JSON({value}), {writer.sql(exp.Literal.string('$' + quoted))}, 'variant')"


def _double_quoted(name: str) -> str:
    if '"' in name or "\\" in name:
        raise refused("json_extract")
    return f'"{name}"'


def _json_type(writer: SparkGenerator, node: exp.Expr) -> str:
    kind = f"SCHEMA_OF_VARIANT({writer.sql(node, 'this')})"
    return f"CASE WHEN {kind} LIKE 'DECIMAL%' THEN 'DOUBLE' WHEN {kind} = 'STRING' THEN 'VARCHAR' ELSE {kind} END"


def _full_match(writer: SparkGenerator, node: exp.Expr) -> str:
    pattern = node.expression
    if not isinstance(pattern, exp.Literal):
        raise refused("regexp_full_match")
    whole = exp.Literal.string(rf"(?d)\A(?:{pattern.this})\z")
    return f"({writer.sql(node, 'this')} RLIKE {writer.sql(whole)})"


def _template(said: str) -> Write:
    def write(writer: SparkGenerator, node: exp.Expr) -> str:
        return said.format(writer.sql(node, "this"))

    return write


def _try_time(writer: SparkGenerator, node: exp.Expr) -> str:
    return f"TRY_{_said(writer, node)}"


def _in_zone(writer: SparkGenerator, node: exp.Expr) -> str:
    """A moment as the clocks of a zone show it; sessions are in UTC."""
    return f"CONVERT_TIMEZONE('UTC', {writer.sql(node, 'this')}, CAST({writer.sql(node, 'expression')} AS TIMESTAMP_NTZ))"


class TryTime(exp.Expression, exp.Func):
    """`try_strptime`."""

    arg_types = {"this": True, "format": True}  # noqa: RUF012


class InZone(exp.Expression, exp.Func):
    """`timezone`."""

    arg_types = {"this": True, "expression": True}  # noqa: RUF012


WRITTEN: dict[type[exp.Expr], Write] = {
    exp.ApproxDistinct: _template("COUNT(DISTINCT {0})"),
    exp.Avg: _template("AVG(CAST({0} AS DOUBLE))"),
    exp.Cast: _cast,
    exp.DateAdd: _moved("+"),
    exp.DateDiff: _between_dates,
    exp.DateSub: _moved("-"),
    exp.DateTrunc: _truncated,
    exp.DayOfWeek: _template("(DAYOFWEEK({0}) - 1)"),
    exp.Div: _div,
    exp.Extract: _extract,
    exp.ILike: _like,
    exp.JSONExtract: _json,
    exp.JSONExtractScalar: _json,
    exp.JSONType: _json_type,
    exp.Left: _left,
    exp.Like: _like,
    exp.Ln: _ln,
    exp.Log: _log,
    exp.PercentileCont: _rank("PERCENTILE"),
    exp.PercentileDisc: _rank("PERCENTILE_DISC"),
    exp.Quantile: _rank("PERCENTILE_DISC"),
    exp.Rand: _template("RAND()"),
    exp.RegexpFullMatch: _full_match,
    exp.Round: _round,
    exp.StrToTime: _said,
    exp.Substring: _substring,
    exp.TimestampTrunc: _truncated,
    exp.TimeToStr: _said,
    exp.TimeToUnix: _template("(UNIX_MICROS(CAST({0} AS TIMESTAMP)) / 1e6D)"),
    exp.TryCast: _cast,
    exp.Week: _template("WEEKOFYEAR({0})"),
    InZone: _in_zone,
    TryTime: _try_time,
}


class Cluster(Spark):
    """Spark, in the words of `WRITTEN`."""

    class Generator(SparkGenerator):
        TRANSFORMS = {**SparkGenerator.TRANSFORMS, **WRITTEN}  # noqa: RUF012
