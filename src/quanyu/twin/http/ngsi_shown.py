"""How entities are to be shown (ETSI GS CIM 009, 4.5.4, 4.5.23, 4.15, 4.21, 6.3.7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_exchange import Exchange, Malformed
from quanyu.twin.http.ngsi_media import GEO_JSON
from quanyu.twin.http.ngsi_parameters import truth_of
from quanyu.twin.http.ngsi_query_body import LISTS
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import Form, Representation, is_uri, parse_languages
from quanyu.twin.ngsild.query import Projection, parse_projection

MAX_LEVEL = 10
_FORMS = {
    "normalized": Form.NORMALIZED,
    "concise": Form.CONCISE,
    "simplified": Form.SIMPLIFIED,
    "keyValues": Form.SIMPLIFIED,
}
_SWITCHES = ("sysAttrs", "count")
_NO_ATTRIBUTES = ("", "id", "type", "scope", "@context")
_NOTHING = Projection()


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """4.5.23: `inline` or `flat`, so many levels deep; `known` are ids that the asker has already."""

    inline: bool
    levels: int
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How entities are shown, those that are linked too."""

    representation: Representation
    pick: Projection = _NOTHING
    omit: Projection = _NOTHING
    join: Join | None = None


def shown_in_url(exchange: Exchange, context: Context) -> Shown:
    """How GET /entities/{id} shows it. Raises Invalid."""
    given = {name: exchange.take(name) for name in (*LISTS, "lang", "join", "joinLevel", "geometryProperty")
             if name in exchange.parameters}  # fmt: skip
    return shown_by(exchange, context, given)


def names_of(text: str, context: Context) -> tuple[str, ...]:
    """The stored names of attributes in a list with commas. Raises Invalid for what cannot be one."""
    names = [name.strip() for name in text.split(",")] if text else []
    if wrong := [name for name in names if name in _NO_ATTRIBUTES]:
        raise Invalid("core.entity.name", name=wrong[0])
    return tuple(map(context.stored, names))


def shown_by(exchange: Exchange, context: Context, given: Mapping[str, Any]) -> Shown:
    form, system = _form(exchange)
    attributes = names_of(given.get("attrs", ""), context)
    pick, omit = (_projection(given.get(name), context, name) for name in ("pick", "omit"))
    if attributes and (pick.members or omit.members):
        raise Invalid("twin.asked.attrs")
    if both := set(_plain(pick)) & set(_plain(omit)):
        raise Invalid("twin.asked.both", name=", ".join(sorted(both))[:200])
    join = _join(given)
    if max(pick.depth, omit.depth) > (join.levels if join else 0):
        raise Invalid("twin.asked.depth", name="pick" if pick.depth else "omit")
    geometry = given.get("geometryProperty", "")
    if geometry and exchange.media != GEO_JSON:
        raise Invalid("twin.asked.geometry")
    representation = Representation(
        form=form, system=system, attributes=attributes, pick=pick.members, omit=_plain(omit),
        languages=parse_languages(given.get("lang", "")), datasets=_datasets(given.get("datasetId", "")),
        geometry=context.stored(geometry or "location") if exchange.media == GEO_JSON else "",
    )  # fmt: skip
    return Shown(representation=representation, pick=pick, omit=omit, join=join)


def _form(exchange: Exchange) -> tuple[Form, bool]:
    """6.3.7: `format` before `options`. Raises Malformed for what is neither."""
    options = exchange.take_list("options")
    named = exchange.take("format")
    for one in (*options, *([named] if "format" in exchange.parameters else [])):
        if one not in _FORMS and (one not in _SWITCHES or one == named):
            raise Malformed("twin.ngsi.option", name=one[:40])
    chosen = named or next((one for one in options if one in _FORMS), "normalized")
    return _FORMS[chosen], truth_of(exchange.take("sysAttrs"), "sysAttrs") or "sysAttrs" in options


def _projection(text: str | None, context: Context, what: str) -> Projection:
    return _NOTHING if text is None else parse_projection(text, context.stored, what)


def _plain(projection: Projection) -> tuple[str, ...]:
    """The members that are meant themselves; of the others only something in the linked entity."""
    return tuple(name for name in projection.members if name not in projection.linked)


def _join(given: Mapping[str, Any]) -> Join | None:
    kind, level = given.get("join", ""), given.get("joinLevel", "")
    known = uris_of(given.get("containedBy", ""), "containedBy")
    if kind in ("", "@none"):
        if (level or known) and not kind:
            raise Invalid("twin.asked.join_level")
        return None
    if kind not in ("inline", "flat"):
        raise Invalid("twin.asked.join", join=str(kind)[:40])
    text = str(level or 1)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        raise Invalid("twin.ngsi.number", name="joinLevel", least=1, most=MAX_LEVEL)
    return Join(inline=kind == "inline", levels=min(int(text), MAX_LEVEL), known=frozenset(known))


def uris_of(text: str, name: str) -> tuple[str, ...]:
    found = tuple(one.strip() for one in text.split(",")) if text else ()
    if wrong := [one for one in found if not is_uri(one)]:
        raise Invalid("twin.asked.uri", name=name, uri=wrong[0][:80])
    return found


def _datasets(text: str) -> tuple[str, ...]:
    found = tuple(one.strip() for one in text.split(",")) if text else ()
    uris_of(",".join(one for one in found if one != "@none"), "datasetId")
    return found
