"""The same documents for people: plain HTML without scripts, readable anywhere."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from quanyu.core.messages import text
from quanyu.twin.ogc.collections import Collection
from quanyu.twin.ogc.documents import Document, feature_url, url_of

_MOST_COLUMNS = 12


def landing_page(base: str, language: str) -> str:
    rows = [
        (f"{base}/collections?f=html", text("twin.ogc.collections", language)),
        (f"{base}/conformance?f=html", text("twin.ogc.conformance", language)),
        (f"{base}/api?f=html", text("twin.ogc.api", language)),
    ]
    body = _list(_anchor(url, title) for url, title in rows)
    return _page(text("twin.ogc.title", language), [], text("twin.ogc.description", language), body, language)


def list_page(base: str, title: str, lines: Iterable[str], language: str) -> str:
    return _page(title, _trail(base, language), "", _list(map(escape, lines)), language)


def collections_page(base: str, found: Iterable[Collection], language: str) -> str:
    rows = [
        (_anchor(f"{url_of(base, one)}?f=html", one.title), str(one.number), escape(one.description))
        for one in found
    ]
    titles = (text("twin.ogc.collections", language), text("twin.ogc.number", language), "")
    return _page(titles[0], _trail(base, language), "", _table(titles, rows), language)


def collection_page(base: str, one: Collection, language: str) -> str:
    url = url_of(base, one)
    body = _list([
        _anchor(f"{url}/items?f=html", f"{text('twin.ogc.features', language)} ({one.number})"),
        _anchor(f"{url}/items", "GeoJSON"),
        _anchor(f"{url}/queryables?f=html", text("twin.ogc.queryables", language)),
    ])  # fmt: skip
    trail = [*_trail(base, language), (f"{base}/collections?f=html", text("twin.ogc.collections", language))]
    return _page(one.title, trail, one.description, body, language)


def items_page(base: str, of: Collection, page: Document, language: str) -> str:
    features: Sequence[Document] = page["features"]
    names = list(dict.fromkeys(name for one in features for name in one["properties"] if name != "type"))
    names = names[:_MOST_COLUMNS]
    rows = [
        (_anchor(feature_url(base, of, one["id"]) + "?f=html", one["id"]),
         *(escape(_plain(one["properties"].get(name))) for name in names))
        for one in features
    ]  # fmt: skip
    following = [one["href"] for one in page["links"] if one["rel"] == "next"]
    more = "".join(f"<p>{_anchor(url + '&f=html', text('twin.ogc.next', language))}</p>" for url in following)
    return _page(
        of.title, _trail_to(base, of, language), of.description, _table(("id", *names), rows) + more, language
    )


def feature_page_for(base: str, of: Collection, made: Document, language: str) -> str:
    rows = [(escape(name), escape(_plain(value))) for name, value in made["properties"].items()]
    rows.append(("geometry", escape(_plain(made["geometry"]))))
    return _page(made["id"], _trail_to(base, of, language), "", _table(("", ""), rows), language)


def _trail(base: str, language: str) -> list[tuple[str, str]]:
    return [(f"{base}?f=html", text("twin.ogc.title", language))]


def _trail_to(base: str, of: Collection, language: str) -> list[tuple[str, str]]:
    everything = (f"{base}/collections?f=html", text("twin.ogc.collections", language))
    return [*_trail(base, language), everything, (f"{url_of(base, of)}?f=html", of.title)]


def _page(title: str, trail: Sequence[tuple[str, str]], lead: str, body: str, language: str) -> str:
    way = " › ".join(_anchor(url, name) for url, name in trail)
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"></head><body>'
        f"<nav>{way}</nav><h1>{escape(title)}</h1><p>{escape(lead)}</p>{body}</body></html>"
    )


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML already, titles are not."""
    head = "".join(f"<th>{escape(one)}</th>" for one in titles)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{one}</li>' for one in items)}</ul>"


def _anchor(url: str, title: str) -> str:
    return f'<a href="{escape(url)}">{escape(title)}</a>'


def _plain(value: Any) -> str:
    return "" if value is None else str(value)[:400]
