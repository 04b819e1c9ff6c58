"""The service as OpenAPI 3.0 (17-069r4, 8.3 and 8.6): one row for each resource and parameter."""

from typing import Any

from quanyu import __version__
from quanyu.core.messages import text

_PARAMETERS = {
    "f": "json, geojson, html", "limit": "1-10000", "bbox": "x1,y1,x2,y2", "bbox-crs": "URI", "crs": "URI",
    "datetime": "RFC 3339", "filter": "CQL2", "filter-lang": "cql2-text", "filter-crs": "URI", "after": "",
    "properties": "a,b",
}  # fmt: skip
_COLLECTION = ("collectionId",)
_PATHS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("/", (), ("f",)),
    ("/conformance", (), ("f",)),
    ("/collections", (), ("f",)),
    ("/collections/{collectionId}", _COLLECTION, ("f",)),
    ("/collections/{collectionId}/queryables", _COLLECTION, ("f",)),
    ("/collections/{collectionId}/items", _COLLECTION, tuple(_PARAMETERS)),
    ("/collections/{collectionId}/items/{featureId}", (*_COLLECTION, "featureId"), ("f", "crs")),
)


def description(base: str, language: str) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {
            "title": text("twin.ogc.title", language),
            "description": text("twin.ogc.description", language),
            "version": __version__,
        },
        "servers": [{"url": base}],
        "paths": {path: {"get": _operation(path, parts, names)} for path, parts, names in _PATHS},
    }


def _operation(path: str, parts: tuple[str, ...], names: tuple[str, ...]) -> dict[str, Any]:
    of_path = [{"name": one, "in": "path", "required": True, "schema": {"type": "string"}} for one in parts]
    of_query = [
        {"name": one, "in": "query", "required": False, "description": _PARAMETERS[one],
         "schema": {"type": "integer" if one == "limit" else "string"}}
        for one in names
    ]  # fmt: skip
    words = [part.strip("{}") for part in path.split("/") if part] or ["landing"]
    return {
        "operationId": "get" + "".join(word[:1].upper() + word[1:] for word in words),
        "parameters": of_path + of_query,
        "responses": {"200": {"description": "OK"}, "400": {"description": "Bad Request"}},
    }
