"""A process from which commands are forked off, many at once; it says when each has ended, and how.

Run by itself (`python -m tests.faults.forking`), with everything imported and without threads. It reads an
order a line on standard input, as JSON, and answers with a line when its process is there and another one
when it is no more. Pages of commits are small in its children.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.world import small_commits
from tests.faults.zygote import ROOT, become, import_jobs


@dataclass
class Child:
    """A command at work: its process, and its exit status (below 0 the signal) when it is over."""

    arguments: Sequence[str]
    process: int = 0
    status: int | None = None
    there: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


class Forking:
    """The other side: starts the process, gives it orders, and hears of their ends."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = dict(variables)
        self._children: list[Child] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forking"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def start(self, arguments: Sequence[str], folder: Path, log: Path, **variables: str) -> Child:
        """Start a command in a folder; what it says goes to the end of a file."""
        child = Child(arguments)
        self._children.append(child)
        order = {
            "number": len(self._children) - 1,
            "arguments": list(arguments),
            "folder": str(folder),
            "log": str(log),
            "variables": self._variables | variables,
        }
        assert self._process.stdin is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        if not child.there.wait(60):
            raise TimeoutError(f"{arguments} was not started")
        return child

    def run(self, arguments: Sequence[str], folder: Path, log: Path, **variables: str) -> int:
        """Carry a command out, and give its exit status."""
        child = self.start(arguments, folder, log, **variables)
        if not child.over.wait(300) or child.status is None:
            raise TimeoutError(f"{arguments} did not end")
        return child.status

    def close(self) -> None:
        """End it; what it started goes on."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._listening.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            child = self._children[told["number"]]
            if "process" in told:
                child.process = told["process"]
                child.there.set()
            else:
                child.status = told["status"]
                child.over.set()


def _fork(order: Mapping[str, object]) -> int:
    child = os.fork()
    if child == 0:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        words = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with small_commits():
            become(order, words)
    return child


def main() -> None:
    """Carry out orders until standard input ends."""
    import_jobs()
    waiting = selectors.DefaultSelector()
    waiting.register(0, selectors.EVENT_READ)
    left = b""
    while True:
        for key, _ in waiting.select():
            if key.data is not None:
                number, child = key.data
                waiting.unregister(key.fd)
                os.close(key.fd)
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                print(json.dumps({"number": number, "status": status}), flush=True)
                continue
            read = os.read(0, 65_536)
            if not read:
                return
            *lines, left = (left + read).split(b"\n")
            for line in lines:
                order = json.loads(line)
                child = _fork(order)
                print(json.dumps({"number": order["number"], "process": child}), flush=True)
                waiting.register(os.pidfd_open(child), selectors.EVENT_READ, (order["number"], child))


if __name__ == "__main__":
    main()
