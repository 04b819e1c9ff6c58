"""Pages and map layers of a pack, as data (docs/packs.md)."""

from typing import Any

from quanyu.packs.model import View, ViewKind


def words(zh: str, en: str) -> dict[str, str]:
    """A text in both languages."""
    return {"zh-CN": zh, "en": en}


def page(
    name: str,
    zh: str,
    en: str,
    *blocks: dict[str, Any],
    action: str = "map.read",
    own: bool = False,
    **more: Any,
) -> View:
    """`more` stands in its body beside the blocks, such as `choose` and `day`."""
    body = {"blocks": list(blocks), **more}
    return View(name=name, kind=ViewKind.PAGE, titles=words(zh, en), body=body, action=action, own=own)


def layer(
    name: str,
    zh: str,
    en: str,
    type_: str,
    colour: dict[str, str] | str | None = None,
    action: str = "map.read",
) -> View:
    """Entities of a type; `colour` is the attribute that colours them, or the `route` and `value` that do."""
    by = {"attribute": colour} if isinstance(colour, str) else colour
    body: dict[str, Any] = {"type": type_} | ({"colour": by} if by else {})
    return View(name=name, kind=ViewKind.LAYER, titles=words(zh, en), body=body, action=action)
