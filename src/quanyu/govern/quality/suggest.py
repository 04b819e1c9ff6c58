"""Rules suggested from the profile of a dataset and from the data itself, the same for every dataset.

Reads the relation `typed` (see `quality.sql`). Definite errors are suggested as refusing, doubtful ones as flags.
"""

from dataclasses import dataclass

import duckdb

from quanyu.core.profile import ColumnProfile
from quanyu.govern.quality.rules import Rule
from quanyu.govern.quality.sql import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    rules: tuple[Rule, ...]
    key: tuple[str, ...]


def suggest(connection: duckdb.DuckDBPyConnection, profiles: tuple[ColumnProfile, ...], around: Surroundings, *, key: tuple[str, ...], region: object) -> Suggestion:
    return Suggestion(rules=(), key=key)
