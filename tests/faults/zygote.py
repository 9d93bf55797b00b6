"""A process from which commands are forked off, with everything imported, so that killing many costs little.

Run by itself (`python -m tests.faults.zygote`) and without threads. It reads an order a line on standard
input, as JSON: `arguments` of flowmeter, `folder`, `variables`, and `seconds` after which it is killed (or
null); and answers each with its exit status (below 0 the signal) and what it said on standard error.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import alembic.command
import duckdb
import psycopg

import collector.github.client
import collector.installation
import collector.schedule
import dashboard.app
import dashboard.reports.rounds
import db.metrics.refresh
import db.transfer.backup
import flowmeter
from collector.jobs import JOBS

__all__ = ["Zygote", "alembic", "collector", "dashboard", "db", "duckdb", "psycopg"]
ROOT = Path(__file__).parents[2]


class Zygote:
    """The other side: starts the process and gives it orders, one at a time."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder, self._variables = folder, dict(variables)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        arguments: Sequence[str],
        seconds: float | None = None,
        *,
        folder: Path | None = None,
        **variables: str,
    ) -> tuple[int, str]:
        """Exit status and words of a command in a folder, killed after so many seconds."""
        pipes = self._process.stdin, self._process.stdout
        assert pipes[0] is not None
        assert pipes[1] is not None
        order = {
            "arguments": list(arguments),
            "folder": str(folder or self._folder),
            "variables": self._variables | variables,
        }
        print(json.dumps(order | {"seconds": seconds}), file=pipes[0], flush=True)
        status, said = json.loads(pipes[1].readline())
        return int(status), str(said)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def import_jobs() -> None:
    """What jobs import when they first run, once and not in each child."""
    for job in JOBS:
        job.function()


def become(order: Mapping[str, object], words: int) -> NoReturn:
    """In a forked process: carry out an order, say everything into a file that is open, and end."""
    os.dup2(words, 2)
    os.dup2(words, 1)
    status = 3
    try:
        os.environ.update(order["variables"])  # type: ignore[call-overload]
        os.chdir(str(order["folder"]))
        sys.argv = ["flowmeter", *order["arguments"]]  # type: ignore[misc]
        flowmeter.main()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0
    except BaseException:  # noqa: BLE001 (told to the parent; a fork must never run on in its code)
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _carry_out(order: Mapping[str, object]) -> tuple[int, str]:
    with tempfile.TemporaryFile() as words:
        child = os.fork()
        if child == 0:
            become(order, words.fileno())
        process = os.pidfd_open(child)
        over, _, _ = select.select([process], [], [], order["seconds"])
        if not over:
            os.kill(child, signal.SIGKILL)
        os.close(process)
        _, ended = os.waitpid(child, 0)
        words.seek(0)
        return os.waitstatus_to_exitcode(ended), words.read().decode("utf-8", "replace")


def main() -> None:
    """Carry out orders until standard input ends."""
    import_jobs()
    for line in sys.stdin:
        print(json.dumps(_carry_out(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
