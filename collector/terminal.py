"""Progress of long work: live lines on a terminal, plain log lines elsewhere."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from collector.run import Progress

log = logging.getLogger("flowmeter")

#: Off a terminal a running job says how it stands this often, in seconds.
BETWEEN_LINES = 10.0


class Listener(Protocol):
    """Hears of every page and every end."""

    def __call__(self, progress: Progress) -> None: ...


def sentence(progress: Progress) -> str:
    """How a run stands, in one line: rows, rate, time left, quota, or why it ended."""
    parts = [f"{progress.rows:,} rows", f"{progress.rate:,.0f}/s"]
    if progress.rejected:
        parts.append(f"{progress.rejected:,} refused")
    if progress.seconds_left is not None and progress.state == "running":
        parts.append(f"{_duration(progress.seconds_left)} left")
    if progress.quota:
        parts.append(progress.quota)
    text = f"{progress.job} {progress.target}: {', '.join(parts)}"
    if progress.error:
        text += f" – {progress.state}: {progress.error}. {progress.next_step or ''}".rstrip()
    elif progress.state != "running":
        text += f" – {progress.state} in {progress.seconds:.1f} s"
    return text


def fields_of(progress: Progress) -> dict[str, object]:
    """What a log line carries of a run, beside its message (see `collector.logs`)."""
    return {
        "job": progress.job,
        "repository": progress.target,
        "run": progress.run,
        "state": progress.state,
        "rows": progress.rows,
        "seconds": round(progress.seconds, 2),
    }


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def progress_shown() -> Iterator[Listener]:
    """A listener that shows progress on standard error, as a terminal or a log takes it.

    SIGTERM ends what is shown as Ctrl-C does, so that it can say in the ledger how it ended.
    """
    with _ended_by_a_signal():
        if not sys.stderr.isatty():
            yield _Lines()
            return
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        console = Console(stderr=True)
        with Live(console=console, refresh_per_second=4, transient=True) as live:

            def show(progress: Progress) -> None:
                if progress.state == "running":
                    live.update(Text(sentence(progress)))
                else:
                    live.update(Text(""))
                    style = {"done": "green", "failed": "red"}.get(progress.state, "yellow")
                    console.print(Text(sentence(progress), style=style))

            yield show


@contextmanager
def _ended_by_a_signal() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Lines:
    """A log line now and then while a job runs, and one when it ends."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        if progress.state != "running":
            level = logging.INFO if progress.state in ("done", "stopped") else logging.WARNING
            log.log(level, "%s", sentence(progress), extra=fields_of(progress))
        elif time.monotonic() - self._last > BETWEEN_LINES:
            self._last = time.monotonic()
            log.info("%s", sentence(progress), extra=fields_of(progress))
