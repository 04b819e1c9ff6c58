"""What the handlers are handed, and how a list is asked for: `limit` rows, `after` the last one seen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, SkipValidation

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.identity.settings import IdentitySettings
from quanyu.store import Database

Asker = NamedDependency[SkipValidation[Actor]]
TheDatabase = NamedDependency[SkipValidation[Database]]
DataFolder = NamedDependency[SkipValidation[Path]]
TheClock = NamedDependency[SkipValidation[Clock]]
Signing = NamedDependency[SkipValidation[IdentitySettings]]

Id = Annotated[str, PathParameter(max_length=64)]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=500)]
After = Annotated[str, QueryParameter(name="after", max_length=200)]
Search = Annotated[str, QueryParameter(name="q", max_length=200)]

Row = TypeVar("Row")


def next_after(rows: Sequence[Row], limit: int, key: Callable[[Row], str]) -> str | None:
    """None where the list ends before the limit."""
    return key(rows[-1]) if len(rows) == limit else None
