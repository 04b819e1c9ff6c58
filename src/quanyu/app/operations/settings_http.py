"""The settings of a node over HTTP: each with its meaning, and what the portal may choose."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation

from quanyu.app.choices import CHOOSABLE, choose, chosen, open_choices
from quanyu.app.node import Node
from quanyu.app.operations.model import SettingView
from quanyu.app.operations.shown_settings import shown
from quanyu.app.settings import Settings
from quanyu.core.actor import Actor
from quanyu.core.messages import preferred_language
from quanyu.store import Database

Asker = NamedDependency[Actor]
Store = NamedDependency[Database]
TheNode = NamedDependency[SkipValidation[Node]]
AnyRequest = Request[Actor, Any, Any]

_PLAIN = r"^(?!\s)[^\x00-\x1f\x7f]*(?<!\s)$"
"""One line, without blanks around it."""
Name = Annotated[str, msgspec.Meta(max_length=60, pattern=_PLAIN)]
Line = Annotated[str, msgspec.Meta(max_length=1000, pattern=_PLAIN)]


class SettingsChosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; an empty text takes back what was chosen. `basemap`: with {z}, {x} and {y}, and its key."""

    city: Name | msgspec.UnsetType = msgspec.UNSET
    city_en: Name | msgspec.UnsetType = msgspec.UNSET
    basemap: Line | msgspec.UnsetType = msgspec.UNSET
    basemap_gcj02: bool | msgspec.UnsetType = msgspec.UNSET
    basemap_attribution: Line | msgspec.UnsetType = msgspec.UNSET


class SettingList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SettingView]


@get("/api/v1/settings", opt={"action": "system.read"})
async def list_settings(request: AnyRequest, node: TheNode, database: Store) -> SettingList:
    """With their meaning; secrets are never shown."""
    async with database.tenant(node.settings.tenant) as connection:
        now = await chosen(connection, node.settings)
    return _shown(request, node, now)


@patch("/api/v1/settings", opt={"action": "setting.manage"})
async def change_settings(
    data: JSONBody[SettingsChosen], request: AnyRequest, actor: Asker, node: TheNode, database: Store
) -> SettingList:
    """Holds at once. What was given at the start of the node is changed there: 400 names it."""
    said = {name: value for name in CHOOSABLE if (value := getattr(data, name)) is not msgspec.UNSET}
    async with database.tenant(node.settings.tenant) as connection:
        now = await choose(connection, actor, node.settings, said)
    return _shown(request, node, now)


def _shown(request: AnyRequest, node: Node, now: Settings) -> SettingList:
    language = preferred_language(request.headers.get("accept-language", ""))
    return SettingList(items=shown(now, language, open_choices(node.settings)))


routes = (list_settings, change_settings)
