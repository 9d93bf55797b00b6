"""How much a token may ask: GitHub's hourly budgets, search's budget a minute, and secondary limits."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from collector.simulator.http import ApiError, Request
from collector.simulator.usage import Usage

Resource = Literal["core", "search", "code_search", "graphql"]
WINDOWS: dict[Resource, int] = {"core": 3_600, "search": 60, "code_search": 60, "graphql": 3_600}
SECONDARY_WINDOW = 60
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def resource_of(request: Request) -> Resource:
    """The budget a request is taken from."""
    if request.path == "/graphql":
        return "graphql"
    if request.path == "/search/code":
        return "code_search"
    return "search" if request.path.startswith("/search/") else "core"


@dataclass(frozen=True)
class Limits:
    """What a token may spend in a window of each resource; `anonymous_*` is for requests without one.

    The secondary limits are GitHub's, but None, which leaves them out, unless they are asked for.
    """

    core: int = 5_000
    search: int = 30
    code_search: int = 10
    graphql: int = 5_000
    anonymous_core: int = 60
    anonymous_search: int = 10
    installation_core: int = 5_000
    """For all tokens of one installation of a GitHub App together; GitHub gives 5,000 to 12,500."""
    installation_graphql: int = 5_000
    secondary_rest: int | None = None
    """REST points a minute (GitHub's is 900), a request being one."""
    secondary_graphql: int | None = None
    """GraphQL points a minute (GitHub's is 2,000), a query being one whatever it costs of the budget."""
    concurrent: int | None = None
    """Requests at once (GitHub's is 100)."""
    secondary_status: int = 403
    """The status that refuses for a secondary limit: 403 or 429."""
    secondary_says_when: bool = True
    """Whether such a refusal carries Retry-After."""

    def of(self, resource: Resource, owner: str | None) -> int:
        """The budget of a resource, for whom it belongs to."""
        if owner is None:
            searches = self.anonymous_search
            return {"core": self.anonymous_core, "search": searches, "code_search": searches, "graphql": 0}[
                resource
            ]
        if owner.startswith(INSTALLATION):
            return {
                "core": self.installation_core,
                "search": self.search,
                "code_search": self.code_search,
                "graphql": self.installation_graphql,
            }[resource]
        return {
            "core": self.core,
            "search": self.search,
            "code_search": self.code_search,
            "graphql": self.graphql,
        }[resource]


INSTALLATION = "installation "
"""What the names of budgets that belong to installations begin with."""


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
        self.limits = limits
        self.usage = Usage()
        self._wall_clock = wall_clock
        self._owners: dict[str, str] = {}
        self._accounts: dict[tuple[str | None, Resource], _Account] = {}
        self._minutes: dict[tuple[str | None, Resource], tuple[int, int]] = {}
        self._running: Counter[str | None] = Counter()
        self._lock = Lock()

    def now(self) -> float:
        """Seconds since 1970 by the clock that windows are counted by."""
        return self._wall_clock()

    def restrict(self, limits: Limits) -> None:
        """Puts other limits in force; everybody begins anew."""
        with self._lock:
            self.limits = limits
            self._accounts.clear()
            self._minutes.clear()

    def assign(self, token: str, owner: str) -> None:
        """Lets a token spend from the budget of another name, as those of one installation do."""
        with self._lock:
            self._owners[token] = owner

    def _owner(self, token: str | None) -> str | None:
        return None if token is None else self._owners.get(token, token)

    def _account(self, token: str | None, resource: Resource) -> _Account:
        now, owner = int(self._wall_clock()), self._owner(token)
        account = self._accounts.get((owner, resource))
        if account is None or now >= account.reset:
            account = _Account(self.limits.of(resource, owner), 0, now + WINDOWS[resource])
            self._accounts[(owner, resource)] = account
        return account

    def spend(self, token: str | None, resource: Resource, points: int = 1) -> bool:
        """Takes points off a budget; False, taking none, when nothing is left of it."""
        with self._lock:
            account = self._account(token, resource)
            allowed = account.remaining > 0
            if allowed:
                account.used += points
        if allowed:
            self.usage.charged(resource, points)
        else:
            self.usage.turned_away("primary")
        return allowed

    def refund(self, token: str | None, resource: Resource, points: int = 1) -> None:
        """Gives points back, as for an answer of 304."""
        with self._lock:
            self._account(token, resource).used -= points
        self.usage.charged(resource, -points)

    def check_secondary(self, token: str | None, resource: Resource) -> None:
        """Counts a point of this minute. Raises ApiError past the secondary limit, usually 403."""
        limits = self.limits
        ceiling = limits.secondary_graphql if resource == "graphql" else limits.secondary_rest
        if ceiling is None:
            return
        now = int(self._wall_clock())
        with self._lock:
            key = (self._owner(token), resource)
            opened, spent = self._minutes.get(key, (now, 0))
            if now - opened >= SECONDARY_WINDOW:
                opened, spent = now, 0
            allowed = spent + 1 <= ceiling
            if allowed:
                self._minutes[key] = (opened, spent + 1)
        if not allowed:
            raise self._too_fast(SECONDARY_WINDOW - (now - opened))

    @contextmanager
    def one_of_many(self, token: str | None) -> Iterator[None]:
        """While a request is answered. Raises ApiError when too many are already."""
        owner, most = self._owner(token), self.limits.concurrent
        with self._lock:
            self._running[owner] += 1
            allowed = most is None or self._running[owner] <= most
        try:
            if not allowed:
                raise self._too_fast(SECONDARY_WINDOW)
            yield
        finally:
            with self._lock:
                self._running[owner] -= 1

    def _too_fast(self, seconds: int) -> ApiError:
        self.usage.turned_away("secondary")
        wait = {"Retry-After": str(seconds)} if self.limits.secondary_says_when else {}
        return ApiError(self.limits.secondary_status, SECONDARY, wait)

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
