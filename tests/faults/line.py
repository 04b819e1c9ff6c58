"""The network between two nodes, as a test cuts and mends it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit


class Line(ThreadingTCPServer):
    """Calls to `url` reach the node at `far` as long as it is whole."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, far: str) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.far = ("127.0.0.1", urlsplit(far).port)
        self.whole = True
        self.calls: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def cut(self) -> None:
        """Whatever is on its way is lost, too."""
        self.whole = False
        for call in tuple(self.calls):
            _end(call)

    def mend(self) -> None:
        self.whole = True


class _Call(BaseRequestHandler):
    server: Line

    def handle(self) -> None:
        if not self.server.whole:
            return
        with socket.create_connection(self.server.far) as far:
            calls = {self.request, far}
            self.server.calls |= calls
            answers = threading.Thread(target=_pump, args=(far, self.request), daemon=True)
            answers.start()
            _pump(self.request, far)
            answers.join()
            self.server.calls -= calls


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _end(sink)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(far: str) -> Iterator[Line]:
    with Line(far) as line:
        threading.Thread(target=line.serve_forever, daemon=True).start()
        yield line
        line.cut()
        line.shutdown()
