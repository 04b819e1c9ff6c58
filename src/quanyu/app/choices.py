"""City and base map: what was not said when the node was started is chosen in the portal, and holds at once in every process."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from quanyu.app.settings import DEMO_CITY, DEMO_CITY_EN, Settings, is_tile_address
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Fault, Invalid, QuanyuError
from quanyu.identity import Outcome, append_evidence, ensure_tenant
from quanyu.identity.keys import secrets_cipher
from quanyu.store import Connection, Database
from quanyu.twin.map.base_map import BaseMap, TileSource

_CITY = ("city", "city_en")
_BASE_MAP = ("basemap", "basemap_gcj02", "basemap_attribution")
CHOOSABLE = (*_CITY, *_BASE_MAP)
_DEMO = {"city": DEMO_CITY, "city_en": DEMO_CITY_EN}
_USUAL = {one.name: getattr(Settings(), one.name) for one in fields(Settings) if one.name in CHOOSABLE}


def open_choices(settings: Settings) -> frozenset[str]:
    """Fields that were not given at the start: names one by one, the base map as a whole."""
    names = {name for name in _CITY if not _is_given(settings, name)}
    base_map = () if any(_is_given(settings, name) for name in _BASE_MAP) else _BASE_MAP
    return frozenset((*names, *base_map))


async def chosen(connection: Connection, settings: Settings) -> Settings:
    """The settings as they hold now."""
    row = await connection.fetchrow("select * from choice where tenant = $1", settings.tenant)
    if row is None:
        return settings
    said = dict(row) | {"basemap": _address(settings, row["basemap"])}
    open_ones = {name: said[name] for name in open_choices(settings) if said[name] != _USUAL[name]}
    return replace(settings, **open_ones)


async def choose(
    connection: Connection, actor: Actor, settings: Settings, said: Mapping[str, Any]
) -> Settings:
    """`said`: by field; an empty text takes back what was chosen. Raises Invalid naming every field that is given or wrong."""
    faults = _faults(settings, said)
    if faults:
        raise Invalid("app.choice.refused", faults=faults)
    before = await chosen(connection, settings)
    stored = {name: _stored(settings, name, value) for name, value in said.items()}
    await connection.execute(
        "insert into choice (tenant) values ($1) on conflict do nothing", settings.tenant
    )
    for name, value in stored.items():
        await connection.execute(f"update choice set {name} = $2 where tenant = $1", settings.tenant, value)
    now = await chosen(connection, settings)
    await ensure_tenant(connection, settings.tenant, name=now.city)
    changed = {name: _told(now, name) for name in said if getattr(now, name) != getattr(before, name)}
    about = Resource("node", "settings", settings.tenant)
    await append_evidence(connection, actor, "setting.manage", about, Outcome.DONE, {"changed": changed})
    return now


@dataclass(slots=True)
class Ground:
    """The base map of a process: another one as soon as another source is chosen."""

    database: Database
    settings: Settings
    outgoing: Outgoing
    _made: BaseMap | None = field(default=None, init=False)

    async def base_map(self) -> BaseMap | None:
        now = await current(self.database, self.settings)
        if now.basemap is None:
            return None
        source = TileSource(now.basemap, now.basemap_gcj02, now.basemap_attribution)
        if self._made is None or self._made.source != source:
            self._made = BaseMap(source, self.outgoing)
        return self._made


async def current(database: Database, settings: Settings) -> Settings:
    """As `chosen`; what the start said where the database is away."""
    try:
        async with database.tenant(settings.tenant) as connection:
            return await chosen(connection, settings)
    except QuanyuError:
        return settings


def _is_given(settings: Settings, name: str) -> bool:
    value = getattr(settings, name)
    return bool(value != _USUAL[name] and not (settings.demo and value == _DEMO.get(name)))


def _faults(settings: Settings, said: Mapping[str, Any]) -> tuple[Fault, ...]:
    given = set(said) - open_choices(settings)
    faults = [Fault("app.choice.given", name, {"name": f"QUANYU_{name.upper()}"}) for name in sorted(given)]
    address = said.get("basemap")
    if address and "basemap" not in given and not is_tile_address(address):
        faults.append(Fault("app.choice.address", "basemap", {"address": _public(address)}))
    return tuple(faults)


def _stored(settings: Settings, name: str, value: Any) -> Any:
    if name != "basemap":
        return value
    return secrets_cipher(settings.data).lock(value.encode(), _place(settings)) if value else None


def _address(settings: Settings, locked: bytes | None) -> str | None:
    return secrets_cipher(settings.data).open(locked, _place(settings)).decode() if locked else None


def _place(settings: Settings) -> str:
    return f"choice/{settings.tenant}/basemap"


def _told(settings: Settings, name: str) -> Any:
    """For the evidence: where and what, without a key."""
    value = getattr(settings, name)
    return _public(value) if name == "basemap" and value else value


def _public(address: str) -> str:
    return address.partition("?")[0]
