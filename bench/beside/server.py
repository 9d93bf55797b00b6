"""A simulated GitHub in a process of its own, and what it counted of those who asked it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROJECT = Path(__file__).resolve().parents[2]
SERVE = """
import sys
from datetime import datetime
from pathlib import Path
from collector.simulator.server import serve
port, scale, seed, now, folder = sys.argv[1:]
serve("127.0.0.1", int(port), scale=float(scale), seed=int(seed), folder=Path(folder),
      now=datetime.fromisoformat(now))
"""
STARTING_SECONDS = 120


@dataclass(frozen=True)
class Asked:
    """What a server was asked: requests of both kinds, and what the budgets were charged."""

    rest: int
    queries: int
    points: int
    endpoints: Mapping[str, int]
    operations: Mapping[str, Mapping[str, int]]

    @property
    def requests(self) -> int:
        """Everything that went over the wire, REST and GraphQL."""
        return self.rest + self.queries


class Server:
    """A community of one size as it stands at one moment, while a `with` block lasts.

    The process is apart from those that are measured: what the simulator costs is not theirs.
    """

    def __init__(self, scale: float, now: datetime, *, seed: int = 20170213, port: int | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="flowmeter-bench-github-")
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                SERVE,
                str(self.port),
                str(scale),
                str(seed),
                now.isoformat(),
                self._folder.name,
            ],
            cwd=PROJECT,
        )

    def __enter__(self) -> Self:
        """Waits until it answers."""
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            try:
                self._order("GET", "usage")
            except (urllib.error.URLError, ConnectionError):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    sys.exit("the simulated GitHub did not start")
                time.sleep(0.1)
            else:
                return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the process."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)
        self._folder.cleanup()

    def without_limits(self) -> None:
        """Lets everybody ask as much as they like: the peers would wait for hours otherwise."""
        plenty = 100_000_000
        self._order("PUT", "limits", {"core": plenty, "graphql": plenty, "search": plenty})

    def warm(self, repository: str) -> None:
        """Makes the community's history come into being, which is no part of anybody's time."""
        for path in (f"issues?state=all&per_page=1&sort={sort}" for sort in ("created", "updated")):
            self._get(f"/repos/{repository}/{path}")
        for path in ("issues/comments", "pulls/comments", "forks", "releases", "commits"):
            self._get(f"/repos/{repository}/{path}?per_page=1")
        self.forget()

    def forget(self) -> None:
        """Counts from nothing."""
        self._order("DELETE", "usage")

    def asked(self) -> Asked:
        """What was asked since the start or the last `forget`, the simulator's own addresses left out."""
        told = self._order("GET", "usage")
        return Asked(
            rest=told["requests"].get("core", 0) + told["requests"].get("search", 0),
            queries=told["requests"].get("graphql", 0),
            points=told["spent"].get("graphql", 0),
            endpoints=told["endpoints"],
            operations=told["operations"],
        )

    def _get(self, path: str) -> None:
        request = urllib.request.Request(self.url + path, headers={"Authorization": "token warming-up"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()

    def _order(self, method: str, what: str, body: Any = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_simulator/{what}", data=sent, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port
