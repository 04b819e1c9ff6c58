"""Keys of dimensions have names: bodies, regions, classes, posts and people."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from quanyu.act.cases._laid_sql import classes
from quanyu.core.messages import DEFAULT_LANGUAGE
from quanyu.evaluate.indicators import _sql
from quanyu.govern.standards.regions import region_names
from quanyu.identity import ROLES, account_names, organisation_names
from quanyu.store import Connection

Keys = Iterable[tuple[str, str]]
Names = Mapping[tuple[str, str], str]


async def names_of(connection: Connection, keys: Keys, *, language: str = DEFAULT_LANGUAGE) -> Names:
    """By dimension and key; a key that nobody named keeps its code."""
    by_dimension: dict[str, set[str]] = defaultdict(set)
    for dimension, key in keys:
        by_dimension[dimension].add(key)
    found: dict[tuple[str, str], str] = {}
    for dimension, wanted in by_dimension.items():
        named = await _named(connection, dimension, wanted, language)
        found |= {(dimension, key): named.get(key, key) for key in wanted}
    return found


async def _named(connection: Connection, dimension: str, keys: set[str], language: str) -> dict[str, str]:
    match dimension:
        case "department":
            return await organisation_names(connection, keys)
        case "area" | "street":
            return await _regions(connection, keys)
        case "class":
            return {one.code: one.title(language) for one in await classes(connection)}
        case "post":
            return _posts(language)
        case "person":
            return await _people(connection, keys, language)
    return {}


async def _regions(connection: Connection, codes: set[str]) -> dict[str, str]:
    """As the standard calls them, below a county as the city's own areas are called in the twin."""
    known = await region_names(connection, codes)
    return known | await _sql.area_names(connection, codes - known.keys())


def _posts(language: str) -> dict[str, str]:
    return {role.name: role.zh if language == DEFAULT_LANGUAGE else role.en for role in ROLES}


async def _people(connection: Connection, keys: set[str], language: str) -> dict[str, str]:
    """Of `<role>/<account>`."""
    split = {key: key.partition("/")[::2] for key in keys}
    accounts = await account_names(connection, {account for _, account in split.values()})
    posts = _posts(language)
    return {
        key: f"{accounts.get(account, account)} · {posts.get(role, role)}"
        for key, (role, account) in split.items()
    }
