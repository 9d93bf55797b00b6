"""Running Flowmeter's processes together: start them, watch them, end them within ten seconds."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from types import FrameType

from collector.errors import CollectorError

#: How long all processes may take to end after SIGTERM before they are killed; `up` promises ten seconds in
#: all, and on a busy machine its own end and the killing take a part of them.
GRACE_SECONDS = 6.0
#: From Linux's sys/prctl.h: which signal comes when the parent dies.
PR_SET_PDEATHSIG = 1


def require_free_port(host: str, port: int) -> None:
    """Raises `CollectorError` when something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CollectorError(
                f"the port cannot be used ({error.strerror})",
                to=f"{host}:{port}",
                next_step=f"End what listens there, or choose another: flowmeter up --port {port + 1}",
                retry=False,
            ) from error


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _end_with_the_parent() -> None:
    """In a new process, on Linux: ask for SIGTERM when the parent dies, so that kill -9 leaves no orphans."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """A few processes of one program that live and die together."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._stop = threading.Event()

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start `flowmeter ARGUMENTS`, in a session of its own, so that Ctrl-C reaches us alone."""
        command = [sys.executable, "-m", "flowmeter", *arguments]
        self._processes[name] = subprocess.Popen(
            command, env=self._environment, start_new_session=True, preexec_fn=_end_with_the_parent
        )

    def wait_for(self, name: str, url: str, seconds: float) -> None:
        """Wait until a URL answers; raises `CollectorError` when its process ends or time is up."""
        deadline = time.monotonic() + seconds
        while not self._stop.is_set():
            ended = self._processes[name].poll()
            if ended is not None:
                raise CollectorError(
                    f"ended at once with status {ended}", to=name, next_step="See its lines above"
                )
            if time.monotonic() > deadline:
                raise CollectorError(
                    f"gave no answer within {seconds:g} s", to=url, next_step="See its lines above"
                )
            try:
                urllib.request.urlopen(url, timeout=2).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                self._stop.wait(0.1)
            else:
                return

    def run_until_stopped(self) -> int:
        """Watch until a signal comes or a process ends by itself; returns the exit status."""
        while not self._stop.wait(0.3):
            for name, process in self._processes.items():
                status = process.poll()
                if status is not None:
                    print(f"flowmeter: {name} ended with status {status}; ending the others", file=sys.stderr)
                    return 1
        return 0

    def listen_to_signals(self) -> None:
        """SIGINT and SIGTERM end the watching."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stop.set()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)

    def end(self) -> None:
        """End all processes at once, but the first only after the others, which lean on it.

        SIGTERM, and SIGKILL for what has not listened when the time for all is up.
        """
        deadline = time.monotonic() + GRACE_SECONDS
        first = list(self._processes.items())[:1]
        for together in (list(self._processes.items())[1:], first):
            for _, process in together:
                if process.poll() is None:
                    process.terminate()
            for name, process in together:
                try:
                    process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    print(
                        f"flowmeter: {name} did not end in time and is killed; nothing is lost",
                        file=sys.stderr,
                    )
                    process.kill()
                    process.wait()
