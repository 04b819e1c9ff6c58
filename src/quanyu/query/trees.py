"""A query for DuckDB becomes one for Spark: the same tree, with its files as views."""

from collections.abc import Callable, Mapping, Sequence

import sqlglot
from sqlglot import exp

from quanyu.core.errors import Invalid
from quanyu.query.words import Cluster, InZone, TryTime, known, refused

View = Callable[[Sequence[str], str], str]
"""The name of a view of these files, with a column for the file of each record where it has a name."""


def spark_sql(statement: str, parameters: Mapping[str, object], view: View) -> str:
    """Raises Invalid for a word that would mean something else there."""
    tree = sqlglot.parse_one(statement, dialect="duckdb")
    _put_pointers(tree, parameters)
    _point_to_views(tree, parameters, view)
    for node in reversed(list(tree.walk())):  # what is inside first
        if (made := _rewritten(node)) is not node:
            node.replace(made)
    for one in list(tree.find_all(exp.Select)):
        _replace_in_stars(one)
    for node in tree.walk():
        if not known(node):
            raise refused(node.name or node.key)
    return tree.sql(dialect=Cluster, identify=True)


def _put_pointers(tree: exp.Expr, parameters: Mapping[str, object]) -> None:
    """Which member of a JSON text is asked for must stand in the query itself."""
    for node in tree.find_all(exp.JSONExtract):
        inner = node.expression.this if isinstance(node.expression, exp.Cast) else node.expression
        if isinstance(inner, exp.Placeholder):
            node.set("expression", exp.Literal.string(str(parameters[_parameter(inner)])))


def _parameter(node: exp.Expr) -> str:
    """`$1` and `$p1` are the same for Spark, which knows names only."""
    return node.name if not node.name.isdigit() else f"p{node.name}"


def _rewritten(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Placeholder():
            return exp.Placeholder(this=_parameter(node))
        case exp.CTE():
            node.set("materialized", None)
        case exp.Chr(expressions=[exp.Literal() as number]):
            return exp.Literal.string(chr(int(number.this)))  # Spark knows the first 256 alone
        case exp.RegexpReplace():
            return _replaced(node)
        case exp.Anonymous():
            return _called(node)
    return node


def _called(node: exp.Anonymous) -> exp.Expr:
    first = node.expressions[0] if node.expressions else None
    match node.name.lower():
        case "parse_filename":
            beside = exp.Literal.string(r"^.*/|[.][^./]*$")
            return exp.Anonymous(this="regexp_replace", expressions=[first, beside, exp.Literal.string("")])
        case "hash":
            return exp.Anonymous(this="xxhash64", expressions=node.expressions)
        case "strlen":
            return exp.Anonymous(this="octet_length", expressions=node.expressions)
        case "try_strptime":
            return TryTime(this=first, format=node.expressions[1])
        case "timezone":
            return InZone(this=first, expression=node.expressions[1])
    return node


def _replaced(node: exp.RegexpReplace) -> exp.Expr:
    """Spark replaces all there is, and writes what a bracket held as $1."""
    pattern, into = node.expression, node.args.get("replacement")
    modifiers = node.text("modifiers")
    if not isinstance(pattern, exp.Literal) or not isinstance(into, exp.Literal):
        raise refused("regexp_replace")
    if "g" not in modifiers and not pattern.this.startswith("^"):
        raise refused("regexp_replace")
    words = into.this.replace("$", r"\$")
    for number in range(10):
        words = words.replace(f"\\{number}", f"${number}")
    said = (node.this, exp.Literal.string(f"(?d){pattern.this}"), exp.Literal.string(words))
    return exp.Anonymous(this="regexp_replace", expressions=list(said))


def _point_to_views(tree: exp.Expr, parameters: Mapping[str, object], view: View) -> None:
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.ReadParquet):
            files, named = _files(table.this, parameters)
            table.set("this", exp.to_identifier(view(files, named), quoted=True))
        elif isinstance(table.this, exp.Func) or table.args.get("db"):
            raise Invalid("query.file")


def _files(call: exp.ReadParquet, parameters: Mapping[str, object]) -> tuple[list[str], str]:
    first, *options = call.expressions
    given = first.find(exp.Placeholder)
    if given is not None:
        said = parameters[_parameter(given)]
        files = [str(one) for one in said] if isinstance(said, list) else [str(said)]
    else:
        files = [one.this for one in first.find_all(exp.Literal)]
    told = {one.this.name: one.expression.this for one in options if isinstance(one, exp.EQ | exp.PropertyEQ)}
    return files, told.get("filename", "")


def _replace_in_stars(select: exp.Select) -> None:
    """`* REPLACE (x AS a)` is `* EXCEPT (a), x AS a`."""
    for star in [one for one in select.expressions if isinstance(one, exp.Star) and one.args.get("replace")]:
        made = star.args["replace"]
        star.set("replace", None)
        star.set("except_", [exp.to_identifier(one.alias, quoted=True) for one in made])
        select.set("expressions", [*select.expressions, *made])
