"""The simulated GitHub's HTTP server, for tests (`Simulator`) and for the command line (`serve`)."""

import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from collector.simulator.api import Api
from collector.simulator.clock import Clock, frozen, present
from collector.simulator.community import Community
from collector.simulator.control import Control
from collector.simulator.delivery import deliver
from collector.simulator.desk import Desk
from collector.simulator.faults import Plan
from collector.simulator.faults.kinds import Setting
from collector.simulator.gitserver import GitServer
from collector.simulator.http import Middleware, Request, Response
from collector.simulator.interventions import Interventions
from collector.simulator.limits import Budgets, Limits

ENTERPRISE = "/api/v3"


class _Server(ThreadingHTTPServer):
    """Threads that end when the server closes, though clients keep their connections open."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], desk: Desk) -> None:
        self.desk = desk
        self._open: set[socket.socket] = set()
        self._guard = Lock()
        super().__init__(address, _Conversation)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remembers the connection, so that closing the server can end it."""
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets the connection."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Passes over clients that hang up; anything else is reported as usual."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def end_conversations(self) -> None:
        """Hangs up on every client."""
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # the client was quicker
                    continue


class _Conversation(BaseHTTPRequestHandler):
    """One client's connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def do_GET(self) -> None:
        """Answers a reading request."""
        self._answer()

    do_HEAD = do_GET
    do_POST = do_GET
    do_PUT = do_GET
    do_PATCH = do_GET
    do_DELETE = do_GET

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            continue
        return b"".join(parts)

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        path = unquote(path)
        prefix = ""
        if path.startswith(ENTERPRISE):
            prefix, path = ENTERPRISE, path.removeprefix(ENTERPRISE)
        elif path == "/api/graphql":
            path = "/graphql"
        if len(path) > 1:
            path = path.rstrip("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        host = headers.get("host") or "{}:{}".format(*self.server.server_address[:2])
        request = Request(
            self.command,
            path or "/",
            dict(parse_qsl(query, keep_blank_values=True)),
            headers,
            self._body(),
            f"http://{host}",
            prefix,
        )
        self._send(self.server.desk.respond(request, query))

    def _send(self, response: Response) -> None:
        desk = self.server.desk
        whole = self.command != "HEAD"
        if not deliver(response, self.connection, self.wfile, desk.now(), desk.ended.wait, whole=whole):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps quiet: every request is somebody's test."""


class Simulator:
    """A simulated GitHub while a `with` block lasts, at `url`.

    `scale` 1.0 is the real size. `now` freezes the community at a moment; None lets it live in real time.
    `folder` keeps built git repositories; None makes a temporary one. `middleware` stands before the API.
    `accepted_tokens` None accepts every token but `bad-token`. `wall_clock` is what budgets are counted by.
    `faults` is a plan of what goes wrong; it may be changed while the server runs. `interventions` are hands
    on the community: they rename, hide, block, delete, transfer and touch. `usage` counts what was asked.
    """

    def __init__(
        self,
        *,
        scale: float = 0.01,
        seed: int = 1,
        now: datetime | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        folder: Path | None = None,
        limits: Limits | None = None,
        accepted_tokens: Iterable[str] | None = None,
        middleware: Iterable[Middleware] = (),
        wall_clock: Callable[[], float] = time.time,
        clock: Clock | None = None,
        faults: Plan | None = None,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="flowmeter-github-") if folder is None else None
        kept = folder if folder is not None else Path(self._temporary.name if self._temporary else ".")
        moment: Clock = clock or (present if now is None else frozen(now))
        self.community = Community(scale=scale, seed=seed, clock=moment)
        self.interventions = Interventions(self.community)
        self.budgets = Budgets(limits or Limits(), wall_clock)
        accepted = None if accepted_tokens is None else frozenset(accepted_tokens)
        api = Api(self.community, self.budgets, accepted_tokens=accepted, middleware=tuple(middleware))
        self.faults = faults if faults is not None else Plan()
        self.usage = self.budgets.usage
        control = Control(self.faults, self.interventions, self.budgets)
        setting = Setting(self.community, self.budgets, self.interventions, Event())
        self._desk = Desk(api, GitServer(self.community, kept), control, self.faults, setting)
        self._server = _Server((host, port), self._desk)
        self.url = "http://{}:{}".format(*self._server.server_address[:2])
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.05,), name="simulated-github", daemon=True
        )

    def __enter__(self) -> Self:
        """Starts answering."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops answering and hangs up."""
        self.close()

    def close(self) -> None:
        """Stops answering, hangs up on every client and removes what is temporary."""
        self._desk.ended.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.end_conversations()
        self._server.server_close()
        if self._temporary is not None:
            self._temporary.cleanup()


def serve(
    host: str,
    port: int,
    *,
    scale: float,
    seed: int,
    folder: Path,
    now: datetime | None = None,
    limits: Limits | None = None,
    faults: Plan | None = None,
) -> None:
    """Serves a simulated GitHub until SIGTERM or SIGINT; must be called in the main thread."""
    ended = Event()
    before = {each: signal.signal(each, lambda *_: ended.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        with Simulator(
            scale=scale,
            seed=seed,
            now=now,
            host=host,
            port=port,
            folder=folder,
            limits=limits,
            faults=faults,
        ):
            ended.wait()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
