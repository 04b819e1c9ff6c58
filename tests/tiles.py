"""A tile server on this machine, whose tiles say where they are."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 256
Pixels = NDArray[np.uint8]
Answer = tuple[int, str, bytes]
Answers = Callable[[int, int, int], Answer]


@dataclass
class TileServer:
    """`answers` may be exchanged while it runs; `asked` are the paths, in the order in which they came."""

    address: str = ""
    answers: Answers = field(default_factory=lambda: numbered)
    asked: list[str] = field(default_factory=list)


def picture(pixels: Pixels, kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, kind)
    return made.getvalue()


def numbered(z: int, x: int, y: int) -> Answer:
    return 200, "image/png", picture(pixels_of(x, y))


def pixels_of(x: int, y: int) -> Pixels:
    """Red and green are column and row of each pixel, blue tells neighbours apart."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[..., 0] = np.arange(SIDE)
    pixels[..., 1] = np.arange(SIDE)[:, None]
    pixels[..., 2] = 16 * (x % 16) + y % 16
    return pixels


@contextmanager
def tile_server() -> Iterator[TileServer]:
    server = TileServer()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            z, x, y = map(int, self.path.partition("?")[0].removesuffix(".png").split("/")[-3:])
            status, media_type, body = server.answers(z, x, y)
            self.send_response(status)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    server.address = f"http://127.0.0.1:{http.server_port}/{{z}}/{{x}}/{{y}}.png?key=secret-of-the-city"
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
