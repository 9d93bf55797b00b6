"""Whether somebody waits for a page: long answers of SQL are then made in the gaps, a little at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, g, request

KEY: Final = "flowmeter_readers"
#: What is asked here makes nobody else wait.
SQL: Final = "/api/sql"
#: So many seconds after a page somebody still clicks on.
LATELY: Final = 2.0
#: Pauses are so many times as long as the work before them, and at most so many seconds long.
REST: Final = 9.0
LONGEST: Final = 1.0


class Readers:
    """How many wait for something of the dashboard, and when the last of them was answered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._waiting = 0
        self._last = -LATELY

    def come(self) -> None:
        """Somebody waits from now on."""
        with self._lock:
            self._waiting += 1

    def go(self) -> None:
        """Somebody has been answered."""
        with self._lock:
            self._waiting -= 1
            self._last = self._clock()

    def there(self) -> bool:
        """Whether somebody waits, or did a moment ago."""
        with self._lock:
            return self._waiting > 0 or self._clock() - self._last < LATELY


class Pace:
    """A pause after each piece of work while readers are there, in proportion to the work.

    The work is what this thread has had a processor for: Python gives it to one thread at a time.
    """

    def __init__(self, readers: Readers, sleep: Callable[[float], None] = time.sleep) -> None:
        self._readers = readers
        self._sleep = sleep
        self._since = time.thread_time()

    def __call__(self) -> None:
        worked = max(time.thread_time() - self._since, 0.0)
        if self._readers.there():
            self._sleep(min(REST * worked, LONGEST))
        self._since = time.thread_time()


def watch(server: Flask) -> None:
    """Count the readers of a server: whoever asks it for anything but SQL."""
    readers = Readers()
    server.config[KEY] = readers

    @server.before_request
    def come() -> None:
        if not request.path.startswith(SQL):
            g.flowmeter_reader = True
            readers.come()

    @server.teardown_request
    def go(_error: Any) -> None:
        if g.pop("flowmeter_reader", False):
            readers.go()
