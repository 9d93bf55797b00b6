"""What each token may still ask of GitHub: one budget for all threads that ask with the same tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore, Lock

from collector.github.limits import WINDOWS, Limit, date_of, reset_of, seconds_until
from collector.github.pace import Pace
from collector.github.transport import Answer

#: Requests a minute, evenly, and how many may come at once before that. GitHub's secondary limits
#: are 900 points a minute in REST and 2,000 in GraphQL, a request that reads being one; searches
#: are 30 and 10 a minute.
PACES = {"core": (570, 300), "graphql": (900, 1_000), "search": (24, 5), "code_search": (7, 2)}
#: Requests under way at once; GitHub allows 100 to all processes together.
CONCURRENT = 40
#: GitHub asks for a minute's pause at least when it slows somebody down and does not say for how long.
UNSTATED_PAUSE = 60.0
#: Resets that GitHub tells are believed up to this much longer than a window is.
GRACE = 5.0
#: A token that was refused is tried again after so long: GitHub has refused good ones on bad days.
ASIDE = timedelta(hours=1)
#: The hourly quotas, of which a share is left to the token's owner.
HOURLY = ("core", "graphql")


@dataclass(frozen=True)
class Quota:
    """What may be asked of one resource (core, graphql, search) until `reset` (UTC, by our clock)."""

    limit: int
    remaining: int
    reset: datetime


@dataclass(frozen=True)
class Wait:
    """Nobody may ask before `until`; `secondary` when that is for speed, not for a used-up quota."""

    until: datetime
    secondary: bool = False


class Budget:
    """The quotas, pauses and paces of several tokens, by their places.

    What GitHub's headers say is the truth, so that other processes' spending counts;
    requests under way are counted on top. `headroom` is the share of the hourly
    quotas that is left to the owner. `now` is the wall clock, `clock` one that only
    grows (seconds): GitHub's resets are put into our time by its Date header.
    """

    def __init__(
        self,
        tokens: int,
        headroom: float,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        concurrent: int = CONCURRENT,
    ) -> None:
        self._tokens = tokens
        self._headroom = headroom
        self._now = now
        self._clock = clock
        self._lock = Lock()
        self._held: dict[tuple[int, str], Quota] = {}
        self._out: dict[tuple[int, str], Wait] = {}
        self._refusals: Counter[tuple[int, str]] = Counter()
        self._under_way: Counter[tuple[int, str]] = Counter()
        self._aside: dict[int, datetime] = {}
        self._waited_for = datetime.min.replace(tzinfo=UTC)
        self._paces = {
            (place, resource): Pace(*pace) for place in range(tokens) for resource, pace in PACES.items()
        }
        self.at_once = [BoundedSemaphore(concurrent) for _ in range(tokens)]

    def choose(self, resource: str, preferred: int | None = None) -> int | Wait:
        """The place of the token that asks next, or until when nobody may.

        The preferred one if it may, else the one with most left; one whose quota is
        not known yet counts as fresh. The request counts as under way until `done`.
        """
        now = max(self._now(), self._waited_for)
        waits: list[Wait] = []
        best: tuple[bool, float, int] | None = None
        with self._lock:
            for place in self._candidates(now):
                wait, left = self._left(place, resource, now)
                if wait is not None:
                    waits.append(wait)
                elif best is None or (place == preferred, left) > best[:2]:
                    best = (place == preferred, left, place)
            if best is None:
                return min(waits, key=lambda wait: wait.until)
            self._under_way[best[2], resource] += 1
            return best[2]

    def waited(self, wait: Wait) -> None:
        """A wait was waited: it is over, even should our clock have been set back meanwhile."""
        with self._lock:
            self._waited_for = max(self._waited_for, wait.until)

    def done(self, place: int, resource: str) -> None:
        """A request is over, however it ended."""
        with self._lock:
            self._under_way[place, resource] -= 1

    def pace(self, place: int, resource: str) -> float:
        """Seconds that a request has to wait for its place in the pace of its token."""
        pace = self._paces.get((place, resource)) or self._paces.get((place, "core"))
        return pace.wait(self._clock()) if pace else 0.0

    def hurry(self) -> None:
        """Keep no pace in what is asked by the hour: for a server of one's own, which asks for none."""
        with self._lock:
            self._paces = {place: pace for place, pace in self._paces.items() if place[1] not in HOURLY}

    def read(self, place: int, resource: str, answer: Answer) -> None:
        """Take what an answer's headers say; answers without them change nothing."""
        try:
            limit = int(answer.headers["x-ratelimit-limit"])
            remaining = int(answer.headers["x-ratelimit-remaining"])
        except (KeyError, ValueError):
            return
        reset = reset_of(answer)
        if reset is not None:
            resource = answer.headers.get("x-ratelimit-resource") or resource
            seconds = seconds_until(reset, date_of(answer), self._now())
            self.tell(place, resource, limit, remaining, seconds)

    def tell(self, place: int, resource: str, limit: int, remaining: int, seconds: float) -> None:
        """Take what GitHub says of a quota that begins anew in so many seconds."""
        now = self._now()
        longest = WINDOWS.get(resource, WINDOWS["core"]) + GRACE
        reset = now + timedelta(seconds=min(max(seconds, 0.0), longest))
        with self._lock:
            held = self._held.get((place, resource))
            same_window = held and held.reset > now and abs((held.reset - reset).total_seconds()) < GRACE
            if held and same_window and held.limit == limit:
                # Answers to several threads arrive in any order: the least that was told is the newest.
                remaining, reset = min(remaining, held.remaining), held.reset
            self._held[place, resource] = Quota(limit, remaining, reset)

    def accepted(self, place: int, resource: str) -> None:
        """An answer came that is no refusal."""
        with self._lock:
            self._refusals[place, resource] = 0
            self._aside.pop(place, None)
        if pace := self._paces.get((place, resource)):
            pace.go_on()

    def refused(self, place: int, resource: str, limit: Limit) -> Wait:
        """Take a rate limit's refusal: for how long this token asks nothing more.

        A used-up quota holds for its resource, a secondary limit for all that the token
        asks. Refusals in a row double the pause, so that resets in the past (by clocks
        that differ) do not turn in circles.
        """
        with self._lock:
            self._refusals[place, resource] += 1
            doubled = 2.0 ** min(self._refusals[place, resource] - 1, 8)
            longest = WINDOWS.get(resource, WINDOWS["core"]) + GRACE
            if limit.secondary:
                seconds = limit.seconds if limit.seconds is not None else UNSTATED_PAUSE * doubled
            else:
                seconds = min(limit.seconds if limit.seconds is not None else longest, longest)
            wait = Wait(
                self._now() + timedelta(seconds=max(min(seconds, WINDOWS["core"]), doubled)), limit.secondary
            )
            for each in WINDOWS if limit.secondary else (resource,):
                self._out[place, each] = wait
        if limit.secondary and (pace := self._paces.get((place, resource))):
            pace.slow_down()
        return wait

    def put_aside(self, place: int) -> bool:
        """The token was refused (401): others are asked first for a while. Whether there are others."""
        now = self._now()
        with self._lock:
            self._aside[place] = now
            return any(
                other not in self._aside or now - self._aside[other] >= ASIDE for other in range(self._tokens)
            )

    def quota(self, resource: str, place: int | None = None) -> Quota | None:
        """One resource's quota, over all tokens or of one: sums, and the earliest reset; None while unknown.

        A quota that has begun anew since GitHub told of it is whole again.
        """
        now = self._now()
        with self._lock:
            held = [
                q if q.reset > now else Quota(q.limit, q.limit, q.reset)
                for (owner, name), q in self._held.items()
                if name == resource and place in (None, owner)
            ]
        if not held:
            return None
        return Quota(sum(q.limit for q in held), sum(q.remaining for q in held), min(q.reset for q in held))

    def _candidates(self, now: datetime) -> list[int]:
        """All tokens but those refused lately; when all were, the one that was refused longest ago."""
        good = [
            place
            for place in range(self._tokens)
            if place not in self._aside or now - self._aside[place] >= ASIDE
        ]
        return good or [min(self._aside, key=self._aside.__getitem__)]

    def _left(self, place: int, resource: str, now: datetime) -> tuple[Wait | None, float]:
        """What one token has left, or until when it may not ask."""
        out = self._out.get((place, resource))
        if out is not None and out.until > now:
            return out, 0.0
        quota = self._held.get((place, resource))
        under_way = self._under_way[place, resource]
        if quota is None:
            return None, float("inf") if not under_way else 1e9 - under_way
        remaining = quota.remaining if quota.reset > now else quota.limit
        left = remaining - under_way - (int(quota.limit * self._headroom) if resource in HOURLY else 0)
        if left > 0:
            return None, left
        return Wait(max(quota.reset, now + timedelta(seconds=1))), 0.0


def stated(resources: Mapping[str, object]) -> dict[str, tuple[int, int, datetime]]:
    """Limit, remaining and reset (by GitHub's clock) by resource, from what /rate_limit answers."""
    found = {}
    for name, left in resources.items():
        if isinstance(left, dict) and all(
            isinstance(left.get(k), int) for k in ("limit", "remaining", "reset")
        ):
            reset = datetime.fromtimestamp(left["reset"], UTC)
            found[name] = (left["limit"], left["remaining"], reset)
    return found
