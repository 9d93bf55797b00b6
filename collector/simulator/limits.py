"""How much a token may ask: GitHub's hourly budgets, search's budget a minute, and secondary limits."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from collector.simulator.http import ApiError, Request

Resource = Literal["core", "search", "graphql"]
WINDOWS: dict[Resource, int] = {"core": 3_600, "search": 60, "graphql": 3_600}
SECONDARY_WINDOW = 60


def resource_of(request: Request) -> Resource:
    """The budget a request is taken from."""
    if request.path == "/graphql":
        return "graphql"
    return "search" if request.path.startswith("/search/") else "core"


@dataclass(frozen=True)
class Limits:
    """What a token may spend in a window of each resource; `anonymous_*` is for requests without one."""

    core: int = 5_000
    search: int = 30
    graphql: int = 5_000
    anonymous_core: int = 60
    anonymous_search: int = 10
    secondary_rest: int | None = None
    """REST points a minute (GitHub's is 900); None leaves secondary limits out."""
    secondary_graphql: int | None = None
    """GraphQL points a minute (GitHub's is 2,000)."""

    def of(self, resource: Resource, token: str | None) -> int:
        """The budget of a resource."""
        if token is None:
            return {"core": self.anonymous_core, "search": self.anonymous_search, "graphql": 0}[resource]
        return {"core": self.core, "search": self.search, "graphql": self.graphql}[resource]


@dataclass
class _Account:
    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


class Budgets:
    """Who has spent how much. `wall_clock` gives seconds since 1970, for windows and their resets."""

    def __init__(self, limits: Limits, wall_clock: Callable[[], float]) -> None:
        self._limits = limits
        self._wall_clock = wall_clock
        self._accounts: dict[tuple[str | None, Resource], _Account] = {}
        self._minutes: dict[tuple[str | None, Resource], tuple[int, int]] = {}
        self._lock = Lock()

    def now(self) -> float:
        """Seconds since 1970 by the clock that windows are counted by."""
        return self._wall_clock()

    def _account(self, token: str | None, resource: Resource) -> _Account:
        now = int(self._wall_clock())
        account = self._accounts.get((token, resource))
        if account is None or now >= account.reset:
            account = _Account(self._limits.of(resource, token), 0, now + WINDOWS[resource])
            self._accounts[(token, resource)] = account
        return account

    def spend(self, token: str | None, resource: Resource, points: int = 1) -> bool:
        """Takes points off a budget; False, taking none, when nothing is left of it."""
        with self._lock:
            account = self._account(token, resource)
            if account.remaining == 0:
                return False
            account.used += points
            return True

    def refund(self, token: str | None, resource: Resource, points: int = 1) -> None:
        """Gives points back, as for an answer of 304."""
        with self._lock:
            self._account(token, resource).used -= points

    def check_secondary(self, token: str | None, resource: Resource, points: int = 1) -> None:
        """Counts points of this minute. Raises ApiError 403 with Retry-After past the secondary limit."""
        ceiling = self._limits.secondary_graphql if resource == "graphql" else self._limits.secondary_rest
        if ceiling is None:
            return
        now = int(self._wall_clock())
        with self._lock:
            opened, spent = self._minutes.get((token, resource), (now, 0))
            if now - opened >= SECONDARY_WINDOW:
                opened, spent = now, 0
            if spent + points > ceiling:
                wait = {"Retry-After": str(SECONDARY_WINDOW - (now - opened))}
                raise ApiError(
                    403, "You have exceeded a secondary rate limit. Please wait a few minutes.", wait
                )
            self._minutes[(token, resource)] = (opened, spent + points)

    def headers(self, token: str | None, resource: Resource) -> dict[str, str]:
        """The X-RateLimit headers of an answer."""
        with self._lock:
            account = self._account(token, resource)
            return {
                "X-RateLimit-Limit": str(account.limit),
                "X-RateLimit-Remaining": str(account.remaining),
                "X-RateLimit-Reset": str(account.reset),
                "X-RateLimit-Used": str(account.used),
                "X-RateLimit-Resource": resource,
            }

    def describe(self, token: str | None, resource: Resource) -> dict[str, Any]:
        """A budget as `/rate_limit` shows it."""
        with self._lock:
            account = self._account(token, resource)
            return {
                "limit": account.limit,
                "used": account.used,
                "remaining": account.remaining,
                "reset": account.reset,
            }
