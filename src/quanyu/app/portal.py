"""Serves the built portal: assets for ever, index.html never cached, other paths are pages of the portal itself."""

import asyncio
import mimetypes
from pathlib import Path
from typing import Any

from litestar import Request, Response, get

from quanyu.app.problems import language_of
from quanyu.core.errors import NotFound
from quanyu.core.messages import text

STATIC = Path(__file__).parent / "static"

_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}


@get(
    ["/", "/{path:path}"], opt={"action": "public", "exclude_from_compression": True}, include_in_schema=False
)
async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A file of the portal; a path without one is a page, so index.html answers it."""
    name = str(request.path_params.get("path", "")).strip("/")
    if name.startswith(("api/", "ngsi-ld/", "catalog/", "ogc/")) or name == "catalog":
        raise NotFound("app.problem.404")
    file = _file(name)
    if file is None and name.startswith("assets/"):
        raise NotFound("app.problem.404")
    file = file or _file("index.html")
    if file is None:
        return Response(
            text("app.portal.missing", language_of(request)).encode(), media_type="text/plain; charset=utf-8"
        )
    return await _answer(file, request.headers.get("accept-encoding", ""), lasting=name.startswith("assets/"))


def _file(name: str) -> Path | None:
    """None also for what no file can be called: a name with NUL, or one that is too long."""
    try:
        path = (STATIC / name).resolve()
        inside = path.is_relative_to(STATIC.resolve())
        return path if name and inside and path.is_file() and not path.name.startswith(".") else None
    except (OSError, ValueError):
        return None


async def _answer(file: Path, accepted: str, *, lasting: bool) -> Response[bytes]:
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if lasting else "no-cache",
        "vary": "accept-encoding",
    }
    chosen = file
    for encoding, ending in _ENCODINGS:
        packed = file.with_name(file.name + ending)
        if encoding in accepted and packed.is_file():
            headers["content-encoding"] = encoding
            chosen = packed
            break
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Response(await asyncio.to_thread(chosen.read_bytes), headers=headers, media_type=kind)


routes = (page,)
