"""How quickly requests may follow one another, so that GitHub never has to ask for a slower pace."""

from __future__ import annotations

from threading import Lock

#: A pace is never slowed below one request in so many seconds.
SLOWEST = 2.0
#: After each answer that is no refusal a slowed pace comes this much nearer to its own.
RECOVERY = 0.98


class Pace:
    """At most `burst` requests at once and `a_minute` evenly after it; safe to use from several threads.

    In no minute there are more than `a_minute` + `burst` requests. Each caller gets a
    place of its own in the queue, so that none waits twice. (The generic cell rate
    algorithm, as in ITU-T I.371.)
    """

    def __init__(self, a_minute: float, burst: int) -> None:
        self._own = 60.0 / a_minute
        self._interval = self._own
        self._burst = burst
        self._last = float("-inf")
        self._lock = Lock()

    def wait(self, now: float) -> float:
        """Take the next place; the seconds until it, from `now` (seconds of a clock that only grows)."""
        with self._lock:
            self._last = max(self._last, now) + self._interval
            return max(0.0, self._last - self._burst * self._interval - now)

    def slow_down(self) -> None:
        """GitHub asked for a slower pace, though this one was kept: others ask with the same token."""
        with self._lock:
            self._interval = max(self._own, min(SLOWEST, self._interval * 2))

    def go_on(self) -> None:
        """An answer came that is no refusal."""
        with self._lock:
            self._interval = max(self._own, self._interval * RECOVERY)
