"""Scope queries (4.19): `/a/+/b`, `/a/#`, `/#`, `(/a;/b)|/c`."""

from collections.abc import Collection

from quanyu.twin.ngsild.query.scanner import Scanner
from quanyu.twin.ngsild.query.tree import ScopePattern, ScopeQuery


def parse_scope_query(text: str) -> ScopeQuery:
    """Raises Invalid."""
    scanner = Scanner(text, "scopeQ")
    found = [_together(scanner)]
    while scanner.accept("|", ","):
        found.append(_together(scanner))
    scanner.expect_end()
    return tuple(found)


def print_scope_query(query: ScopeQuery) -> str:
    return "|".join(_print_together(patterns) for patterns in query)


def in_scope(scopes: Collection[str], query: ScopeQuery) -> bool:
    levels = [tuple(scope.strip("/").split("/")) for scope in scopes]
    return any(all(any(_fits(one, pattern) for one in levels) for pattern in patterns) for patterns in query)


def _fits(levels: tuple[str, ...], pattern: ScopePattern) -> bool:
    wanted = pattern.levels
    if len(levels) < len(wanted) or (len(levels) > len(wanted) and not pattern.below):
        return False
    return all(one in ("+", level) for one, level in zip(wanted, levels, strict=False))


def _together(scanner: Scanner) -> tuple[ScopePattern, ...]:
    """In parentheses by the grammar; the conformance suite leaves them out."""
    grouped = scanner.accept("(")
    found = [_pattern(scanner)]
    while scanner.accept(";"):
        found.append(_pattern(scanner))
    if grouped:
        scanner.expect(")")
    return tuple(found)


def _pattern(scanner: Scanner) -> ScopePattern:
    levels: list[str] = []
    scanner.accept("/")  # the standard's own example leaves the first one out
    while True:
        if scanner.accept("#"):
            return ScopePattern(tuple(levels), below=True)
        levels.append(scanner.accept("+") or scanner.name())
        if not scanner.accept("/"):
            return ScopePattern(tuple(levels))


def _print_together(patterns: tuple[ScopePattern, ...]) -> str:
    texts = ["/" + "/".join((*one.levels, *(["#"] if one.below else []))) for one in patterns]
    return texts[0] if len(texts) == 1 else f"({';'.join(texts)})"
