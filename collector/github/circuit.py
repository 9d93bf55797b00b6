"""A circuit that opens when GitHub is down, so that no job wears itself out on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock

#: It opens after so many failures without a single answer in between, of so many different requests:
#: one request that GitHub cannot answer says nothing about the others.
FAILURES = 5
DIFFERENT = 3
#: Seconds until one request tries whether GitHub is back; doubled each time that it is not.
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 900.0
#: While that one request is under way, others are told to come back after so many seconds.
WHILE_TRYING = 10.0


class Circuit:
    """Closed while GitHub answers; open, it lets one request through after a pause that grows.

    Shared by all threads of a process. `clock` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failed: deque[str] = deque(maxlen=4 * FAILURES)
        self._pause = FIRST_PAUSE
        self._opened: float | None = None
        self._trying = False

    def closed_for(self) -> float:
        """Seconds until asking makes sense again: 0 when it does now."""
        with self._lock:
            return self._wait()

    def enter(self) -> float:
        """As `closed_for`; at 0 the caller asks, and tells by `answered`, `failed` or `left` how it went."""
        with self._lock:
            wait = self._wait()
            if wait == 0.0 and self._opened is not None:
                self._trying = True
            return wait

    def answered(self) -> None:
        """GitHub is up: whatever it answered, it was no server error."""
        with self._lock:
            self._failed.clear()
            self._pause, self._opened, self._trying = FIRST_PAUSE, None, False

    def failed(self, request: str) -> None:
        """A request (its name tells it from others) met a server error or a broken connection."""
        with self._lock:
            self._failed.append(request)
            if self._opened is not None:
                if self._trying:
                    self._pause = min(self._pause * 2, LONGEST_PAUSE)
                    self._opened, self._trying = self._clock(), False
            elif len(self._failed) >= FAILURES and len(set(self._failed)) >= DIFFERENT:
                self._opened = self._clock()

    def left(self) -> None:
        """A request that was let in was not made after all."""
        with self._lock:
            self._trying = False

    def _wait(self) -> float:
        if self._opened is None:
            return 0.0
        if self._trying:
            return WHILE_TRYING
        return max(0.0, self._opened + self._pause - self._clock())
