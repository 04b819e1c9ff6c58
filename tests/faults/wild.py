"""Requests that an OpenAPI description allows, with values at and beyond the edge of what they mean."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

_TEXTS = (
    "",
    "x",
    "江州",
    "\x00",
    "'; drop table entity; --",
    "2026-13-45",
    "9999-12-31T23:59:59Z",
    "../..",
    "a" * 3000,
)
_NUMBERS = (0, 1, -1, 10**30, 2**63, -(2**63), 1.5, -1e300)


class Wild:
    """`requests` gives (method, path, body) for every operation that takes JSON, the same ones for the same seed."""

    def __init__(self, described: Mapping[str, Any], seed: int) -> None:
        self._described = described
        self._chance = random.Random(seed)

    def requests(self) -> Iterator[tuple[str, str, Any]]:
        for path, operations in self._described["paths"].items():
            for method, operation in operations.items():
                content = operation.get("requestBody", {}).get("content", {})
                if schema := content.get("application/json", {}).get("schema"):
                    yield method.upper(), _filled(path), self.value(schema)

    def value(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        schema = self._resolved(schema)
        if depth > 5 or self._chance.random() < 0.05:
            return self._chance.choice((None, [], {}, True, "x", 10**30))
        if "enum" in schema:
            return self._chance.choice(schema["enum"])
        for several in ("oneOf", "anyOf", "allOf"):
            if several in schema:
                return self.value(self._chance.choice(schema[several]), depth + 1)
        if "properties" in schema:
            needed = schema.get("required", ())
            return {
                name: self.value(one, depth + 1)
                for name, one in schema["properties"].items()
                if name in needed or self._chance.random() < 0.6
            }
        return self._plain(schema, depth)

    def _plain(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        match self._chance.choice(kind) if isinstance(kind, list) else kind:
            case "array":
                return [self.value(schema.get("items", {}), depth + 1) for _ in range(2)]
            case "integer" | "number":
                return self._chance.choice(_NUMBERS)
            case "boolean":
                return self._chance.random() < 0.5
            case "object":
                return {"x": self._chance.choice(_TEXTS)}
            case _:
                return self._chance.choice(_TEXTS)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self._described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


def _filled(path: str) -> str:
    """Every part in braces is something that there is not."""
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))
