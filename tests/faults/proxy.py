"""A way to a database that counts what is sent over it, and lets something happen at a moment of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from sqlalchemy import make_url

#: Bytes that are taken at once: a row of a large COPY is a moment too.
PIECE = 4096


class Way:
    """Listens on loopback and hands everything on to a port; to be used as a context.

    A moment is a piece that a client sends. At the moment that is set, `happens` is called before
    the piece is handed on; what others send goes its way meanwhile, as it would.
    """

    def __init__(self, port: int) -> None:
        self.moments = 0
        self._to = port
        self._at: int | None = None
        self._happens: Callable[[], None] = lambda: None
        self._lock, self._happening = threading.Lock(), threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A socket that somebody waits at is not closed by closing alone.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def url(self, url: str) -> str:
        """The same address, over this way."""
        over = make_url(url).set(port=self._listening.getsockname()[1])
        return over.render_as_string(hide_password=False)

    def expect(self, at: int | None, happens: Callable[[], None] = lambda: None) -> None:
        """Count from nothing, once nothing happens any more; at moment `at` (None: never) something does."""
        with self._happening, self._lock:
            self.moments, self._at, self._happens = 0, at, happens

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._lead, args=(client,), daemon=True).start()

    def _lead(self, client: socket.socket) -> None:
        with client:
            try:
                server = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return  # the server is away: so is what leads to it
            with server:
                back = threading.Thread(target=self._hand_on, args=(server, client, False), daemon=True)
                back.start()
                self._hand_on(client, server, True)
                back.join()

    def _hand_on(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if counted:
                    self._count()
                sink.sendall(piece)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _count(self) -> None:
        with self._lock:
            self.moments += 1
            now = self.moments == self._at
            if now:
                self._happening.acquire()
        if now:
            try:
                self._happens()
            finally:
                self._happening.release()
