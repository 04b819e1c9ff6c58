"""The documents of OGC API Features as JSON: landing page, conformance, collections, queryables, features."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from quanyu.core.messages import text
from quanyu.twin.discovery import Attribute
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.document import Form, Representation, show
from quanyu.twin.ogc.collections import Collection
from quanyu.twin.ogc.crs import ALL, CRS84, Crs, geometry_in

ROOT = "/ogc"
GEO_JSON = "application/geo+json"
JSON = "application/json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
Document = dict[str, Any]

_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(f"{_FEATURES}-1/1.0/conf/{name}" for name in ("core", "geojson", "html", "oas30")),
    f"{_FEATURES}-2/1.0/conf/crs",
    *(f"{_FEATURES}-3/1.0/conf/{name}" for name in ("queryables", "queryables-query-parameters", "filter",
                                                    "features-filter")),
    *(f"{_CQL2}/{name}" for name in ("cql2-text", "basic-cql2", "advanced-comparison-operators",
                                     "basic-spatial-functions", "basic-spatial-functions-plus")),
)  # fmt: skip

_NAMES = {"Property": {}, "Relationship": {"type": "string"}, "VocabProperty": {"type": "string"}}
_REPRESENTATION = Representation(form=Form.SIMPLIFIED, omit=("location",), geometry="location")


def link(href: str, rel: str, media: str, title: str = "") -> Document:
    made = {"href": href, "rel": rel, "type": media}
    return made | ({"title": title} if title else {})


def landing(base: str, language: str) -> Document:
    return {
        "title": text("twin.ogc.title", language),
        "description": text("twin.ogc.description", language),
        "links": [
            *both(base, "self", JSON),
            link(f"{base}/api", "service-desc", OPENAPI),
            link(f"{base}/api?f=html", "service-doc", HTML),
            link(f"{base}/conformance", "conformance", JSON),
            link(f"{base}/collections", "data", JSON),
        ],
    }


def both(url: str, relation: str, media: str) -> list[Document]:
    """The resource in this form, and the other one."""
    separator = "&" if "?" in url else "?"
    return [link(url, relation, media), link(f"{url}{separator}f=html", "alternate", HTML)]


def collection_list(base: str, found: Iterable[Collection]) -> Document:
    return {
        "links": both(f"{base}/collections", "self", JSON),
        "crs": [one.uri for one in ALL],
        "collections": [collection_document(base, one) for one in found],
    }


def collection_document(base: str, one: Collection) -> Document:
    url = url_of(base, one)
    made: Document = {
        "id": one.id,
        "title": one.title,
        "description": one.description,
        "itemType": "feature",
        "crs": [crs.uri for crs in ALL],
        "storageCrs": CRS84.uri,
        "links": [
            *both(url, "self", JSON),
            link(f"{url}/items", "items", GEO_JSON),
            link(f"{url}/items?f=html", "items", HTML),
            link(f"{url}/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", SCHEMA),
        ],
    }
    if one.box:
        box = [one.box.x1, one.box.y1, one.box.x2, one.box.y2]
        made["extent"] = {"spatial": {"bbox": [box], "crs": CRS84.uri}}
    return made


def queryables_document(base: str, one: Collection, found: Sequence[Attribute]) -> Document:
    """A JSON Schema (part 3, 6.2)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{url_of(base, one)}/queryables",
        "type": "object",
        "title": one.title,
        "properties": {attribute.name: _schema(attribute) for attribute in found},
        "additionalProperties": False,
    }


def feature(entity: Stored, crs: Crs, properties: Sequence[str] = ()) -> Document:
    """Simplified, without what the geometry says already."""
    what = _REPRESENTATION
    if properties:
        what = Representation(
            form=Form.SIMPLIFIED, attributes=properties, omit=("location",), geometry="location"
        )
    made = show(entity, representation=what)
    made["id"] = entity.id
    made["geometry"] = geometry_in(made["geometry"], crs)
    return made


def feature_page(
    base: str, of: Collection, features: Sequence[Document], *,
    parameters: Mapping[str, str], next_token: str, matched: int | None,
) -> Document:  # fmt: skip
    url = f"{url_of(base, of)}/items"
    links = both(_with(url, parameters), "self", GEO_JSON)
    if next_token:
        links.append(link(_with(url, {**parameters, "after": next_token}), "next", GEO_JSON))
    links.append(link(url_of(base, of), "collection", JSON))
    moment = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    made: Document = {"type": "FeatureCollection", "timeStamp": moment, "numberReturned": len(features)}
    if matched is not None:
        made["numberMatched"] = matched
    return made | {"links": links, "features": features}


def url_of(base: str, one: Collection) -> str:
    return f"{base}/collections/{quote(one.id, safe=':~')}"


def feature_url(base: str, of: Collection, id: str) -> str:
    return f"{url_of(base, of)}/items/{quote(id, safe=':')}"


def _with(url: str, parameters: Mapping[str, str]) -> str:
    kept = {name: value for name, value in parameters.items() if name != "f"}
    return f"{url}?{urlencode(kept)}" if kept else url


def _schema(attribute: Attribute) -> Document:
    if attribute.kinds == ("GeoProperty",):
        return {"title": attribute.name, "format": "geometry-any"}
    return {"title": attribute.name, **_NAMES.get(attribute.kinds[0], {})}
