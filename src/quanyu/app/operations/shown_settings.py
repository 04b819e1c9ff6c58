"""The settings of a node with their meaning. They are read once at start, and changed there; some that the start left open are chosen in the portal."""

from dataclasses import fields
from urllib.parse import urlsplit

from quanyu.app.operations.model import SettingView
from quanyu.app.settings import VARIABLES, Settings
from quanyu.core.messages import text

_SECRET = frozenset({"oidc_client_secret"})
_WITH_SECRET = frozenset({"database_url", "basemap"})
"""Addresses that may hold a password or a key."""


def shown(settings: Settings, language: str, open_ones: frozenset[str] = frozenset()) -> list[SettingView]:
    usual = {one.name: getattr(Settings(), one.name) for one in fields(Settings)}
    return [
        SettingView(
            name=variable.name, about=text(f"app.setting.{variable.name}", language),
            value=_said(variable.field, getattr(settings, variable.field)), usual=_said(variable.field, usual[variable.field]),
            given=getattr(settings, variable.field) != usual[variable.field], open=variable.field in open_ones, secret=variable.field in _SECRET,
        )
        for variable in VARIABLES
    ]  # fmt: skip


def _said(field: str, value: object) -> str | None:
    if value is None or value in ("", ()) or field in _SECRET:
        return None
    if field in _WITH_SECRET:
        parts = urlsplit(str(value))
        return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
