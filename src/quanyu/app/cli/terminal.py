"""What commands share: the terminal's language, a printed text, and a node to work with."""

import locale
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import uvloop

from quanyu.app import settings as node_settings
from quanyu.core.errors import NotFound
from quanyu.core.messages import text

if TYPE_CHECKING:
    from quanyu.app.node import Node

Told = TypeVar("Told")


def language() -> str:
    """English unless the terminal speaks Chinese."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh-CN" if spoken.lower().startswith("zh") else "en"


def say(key: str, **values: object) -> None:
    print(text(key, language(), **values), flush=True)


def with_node(data: Path | None, work: "Callable[[Node], Awaitable[Told]]") -> Told:
    """Opens the data folder, beside a running node where there is one."""
    from quanyu.app.node import open_node  # the whole node: who only asks one over HTTP does without it

    async def opened() -> Told:
        async with open_node(node_settings.parse(data=data), beside=True) as node:
            return await work(node)

    return uvloop.run(opened())


def with_known_node(data: Path | None, work: "Callable[[Node], Awaitable[Told]]") -> Told:
    """As `with_node`, but makes none: of a folder without a node nothing can be said. Raises NotFound."""
    settings = node_settings.parse(data=data)
    if settings.database_url is None and not (settings.data / "postgres").is_dir():
        raise NotFound("app.cli.no_node_there", path=str(settings.data))
    return with_node(data, work)
