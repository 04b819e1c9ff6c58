"""All that suggestions look at: `typed` (see `quality.sql`), `sample` (some records as text), the profile, and how a suggestion is written."""

from dataclasses import dataclass

import duckdb

from quanyu.core.profile import ColumnProfile
from quanyu.govern.quality.rules import (
    DIMENSION_OF,
    Dimension,
    Parameter,
    Rule,
    RuleKind,
    Severity,
    rule_name,
)
from quanyu.govern.quality.sql import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    west: float
    south: float
    east: float
    north: float

    def parameters(self) -> dict[str, Parameter]:
        return {"west": self.west, "south": self.south, "east": self.east, "north": self.north}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    connection: duckdb.DuckDBPyConnection
    profiles: tuple[ColumnProfile, ...]
    around: Surroundings
    region: Box | None = None
    may_have_lost_characters: bool = True

    @property
    def rows(self) -> int:
        return self.profiles[0].rows if self.profiles else 0

    def first(self, query: str) -> tuple[float, ...]:
        """The first row of an aggregate."""
        found: tuple[float, ...] | None = self.connection.execute(query).fetchone()
        return found or ()

    def count(self, condition: str) -> int:
        return int(self.first(f"SELECT count(*) FROM typed WHERE {condition}")[0])

    def of_semantic(self, *words: str) -> list[ColumnProfile]:
        return [profile for profile in self.profiles if profile.semantic in words]


def suggested(
    kind: RuleKind,
    columns: tuple[str, ...],
    severity: Severity,
    *,
    titles: tuple[str, str],
    parameters: dict[str, Parameter] | None = None,
) -> Rule:
    return Rule(
        name=rule_name(kind, columns),
        kind=kind,
        columns=columns,
        parameters=parameters or {},
        severity=severity,
        dimension=DIMENSION_OF.get(kind, Dimension.VALIDITY),
        title_zh=titles[0],
        title_en=titles[1],
    )
