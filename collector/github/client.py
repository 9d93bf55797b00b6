"""Asking GitHub: tokens, quotas, retries and refusals in one place, for every collector."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import local
from typing import Any

from collector.github import errors
from collector.github.documents import document
from collector.github.errors import QuotaExhausted, TooSlow
from collector.github.quota import Quota, Quotas
from collector.github.transport import Answer, Broken, Connection

__all__ = ["PUBLIC_GITHUB", "Answer", "GitHub", "QuotaExhausted", "TooSlow"]

PUBLIC_GITHUB = "https://api.github.com"
#: How often a request is made in all when GitHub is out of order, and the pauses in between (seconds).
ATTEMPTS = 4
FIRST_PAUSE = 1.0
#: GitHub asks for a minute's pause when it slows somebody down and does not say for how long.
UNSTATED_PAUSE = 60.0
SLOW_WORDS = (
    "something went wrong while executing",
    "timeout",
    "timed out",
    "respond to your request in time",
)
SLOW_KINDS = ("MAX_NODE_LIMIT_EXCEEDED", "RESOURCE_LIMITS_EXCEEDED", "TIMEOUT", "SERVICE_UNAVAILABLE")
NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


class GitHub:
    """A GitHub at `url` (the API's base; Enterprise and the simulator have their own), asked with tokens.

    Of several tokens the one with most quota left is used; `headroom` points and
    requests of each are left to their owner. A wait of up to `patience` seconds is
    waited; a longer one raises `QuotaExhausted`, so that the job yields its place.
    `spent_requests` counts REST requests, `spent_points` GraphQL points.
    """

    def __init__(
        self,
        url: str = PUBLIC_GITHUB,
        tokens: Sequence[str] = (),
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], object] = time.sleep,
        headroom: int = 0,
        patience: float = 20.0,
    ) -> None:
        for place, token in enumerate(tokens, 1):
            if not re.fullmatch(r"[!-~]+", token):
                raise errors.malformed_token(place, len(tokens))
        self.url = url.rstrip("/")
        self.spent_requests = 0
        self.spent_points = 0
        self._tokens = tuple(tokens)
        self._now = now
        self._sleep = sleep
        self._patience = patience
        self._quotas = Quotas(max(1, len(tokens)), headroom)
        self._mine = local()

    def __repr__(self) -> str:
        return f"GitHub({self.url!r}, {len(self._tokens)} tokens)"

    @property
    def quota(self) -> dict[str, Quota]:
        """Quotas by resource over all tokens, as far as GitHub has told."""
        found = {name: self._quotas.of(name) for name in ("core", "graphql", "search")}
        return {name: quota for name, quota in found.items() if quota}

    @property
    def quota_left(self) -> str | None:
        """The quotas in a few words for people; None before the first answer."""
        units = {"core": "requests", "graphql": "points"}
        parts = [
            f"{quota.remaining:,} of {quota.limit:,} {units[name]}"
            for name, quota in self.quota.items()
            if name in units
        ]
        return ", ".join(parts) + " left" if parts else None

    def check_token(self) -> None:
        """Ask what is left, which costs nothing; raises `CollectorError` when a token is refused."""
        for place in range(max(1, len(self._tokens))):
            answer = self._attempt("core", "GET", "/rate_limit", place=place)
            resources = answer.data.get("resources", {}) if isinstance(answer.data, dict) else {}
            for name, left in resources.items():
                told = {f"x-ratelimit-{key}": str(left.get(key)) for key in ("limit", "remaining", "reset")}
                self._quotas.read(place, name, told)

    def is_simulator(self) -> bool:
        """Whether the bundled simulator answers, which says so itself."""
        return "flowmeter-simulator" in self.get("/meta").headers.get("x-served-by", "")

    def get(
        self, path: str, parameters: Mapping[str, Any] | None = None, *, etag: str | None = None
    ) -> Answer:
        """The answer to a GET; the caller makes a state of 304, 403, 404, 409, 410, 422 and 451.

        Raises `CollectorError` for a bad token, a used-up quota, and a GitHub that is down or unreachable.
        """
        headers = {"If-None-Match": etag} if etag else {}
        return self._attempt("core", "GET", path, parameters, headers=headers)

    def pages(
        self, path: str, parameters: Mapping[str, Any] | None = None, *, etag: str | None = None
    ) -> Iterator[tuple[Answer, str | None]]:
        """Answers page by page, each with the address of the next one, following Link rel=next.

        Pages hold 100 items unless `parameters` say otherwise; an address from an
        earlier run goes on there. A page that is refused is the last one.
        """
        step: str | None = path
        chosen: Mapping[str, Any] | None = {"per_page": 100, **(parameters or {})}
        if "?" in path:
            chosen = parameters
        while step:
            answer = self.get(step, chosen, etag=etag)
            following = NEXT.search(answer.headers.get("link", ""))
            step, chosen, etag = (following[1] if following else None), None, None
            yield answer, step

    def graphql(self, name: str, variables: Mapping[str, Any], *, patient: bool = True) -> dict[str, Any]:
        """The data of a document's answer; a repository or node that is not there is None in it.

        Raises `TooSlow` when GitHub gave up on it: after some attempts, or at once
        when not `patient`, for callers that can ask for less.
        """
        if not self._tokens:
            raise errors.token_needed()
        last: TooSlow | None = None
        for attempt in range(ATTEMPTS if patient else 1):
            if attempt:
                self._sleep(FIRST_PAUSE * 2 ** (attempt - 1))
            try:
                return self._graphql(name, variables)
            except TooSlow as error:
                last = error
        raise last or TooSlow(name, "no attempt was made")

    def close(self) -> None:
        """Hang up this thread's connections."""
        for connection in self._connections().values():
            connection.close()
        self._connections().clear()

    def _graphql(self, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        body = {"query": document(name), "variables": dict(variables)}
        answer = self._attempt("graphql", "POST", "", body=body, slow=name)
        if not isinstance(answer.data, dict) or answer.status != 200:
            raise errors.refused(name, answer.status, answer.message)
        data: dict[str, Any] = answer.data.get("data") or {}
        faults = answer.data.get("errors") or []
        self.spent_points += int((data.get("rateLimit") or {}).get("cost", 1))
        serious = [fault for fault in faults if fault.get("type") != "NOT_FOUND"]
        if serious:
            told = str(serious[0].get("message", ""))
            if any(value for key, value in data.items() if key != "rateLimit") or _is_slow(serious[0]):
                # Half an answer with errors loses what it lacks: ask for less until it is whole.
                raise TooSlow(name, told.partition(".")[0] or "errors in the answer", data or None)
            raise errors.refused(name, answer.status, told)
        return data

    def _attempt(
        self,
        resource: str,
        verb: str,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        place: int | None = None,
        slow: str | None = None,
    ) -> Answer:
        """One answer, through pauses and other tokens; `slow` names what can be asked for in parts."""
        waited, failures = 0.0, 0
        while True:
            chosen = place
            while chosen is None:
                chosen, seconds = self._token(resource, waited)
                waited += seconds
            connection = self._connection(chosen)
            address = path or connection.graphql_url
            if resource != "graphql":
                self.spent_requests += 1
            try:
                answer = connection.send(verb, address, parameters, headers=headers, body=body)
            except Broken as broken:
                failures += 1
                if broken.slow and slow:
                    raise TooSlow(slow, str(broken)) from None
                if failures >= ATTEMPTS:
                    raise errors.unreachable(self.url, str(broken)) from None
                self._sleep(FIRST_PAUSE * 2 ** (failures - 1))
                continue
            self._quotas.read(chosen, resource, answer.headers)
            if answer.status == 401:
                raise (
                    errors.bad_token(chosen + 1, len(self._tokens)) if self._tokens else errors.token_needed()
                )
            if answer.status >= 500:
                failures += 1
                if slow:
                    self.spent_points += 1  # GitHub charges for what it did not finish
                    raise TooSlow(slow, f"status {answer.status}")
                if failures >= ATTEMPTS:
                    raise errors.down(self.url, answer.status)
                self._sleep(FIRST_PAUSE * 2 ** (failures - 1))
                continue
            if not _is_limit(answer):
                return answer
            waited += self._limited(chosen, resource, answer, waited)
            if place is not None and waited == 0.0:
                raise QuotaExhausted(resource, _reset(answer))

    def _token(self, resource: str, waited: float) -> tuple[int | None, float]:
        """The place of a token that may ask; or None after a short wait, and its seconds.

        Raises `QuotaExhausted` when that wait would not be short.
        """
        place, reset = self._quotas.choose(resource, self._now())
        if reset is None:
            return place, 0.0
        seconds = max(1.0, (reset - self._now()).total_seconds())
        if waited + seconds > self._patience:
            raise QuotaExhausted(resource, reset)
        self._sleep(seconds)
        return None, seconds

    def _limited(self, place: int, resource: str, answer: Answer, waited: float) -> float:
        """Take a rate limit's refusal: another token, a short wait (its seconds are returned), or an end."""
        if _is_primary(answer):
            reset = _reset(answer) or self._now() + timedelta(hours=1)
            # A reset that is past by our clock comes from a clock that differs: a second's pause goes on.
            self._quotas.exhaust(place, resource, max(reset, self._now() + timedelta(seconds=1)))
            return 0.0
        stated = answer.headers.get("retry-after", "")
        seconds = float(stated) if stated.isdigit() else UNSTATED_PAUSE
        if waited + seconds > self._patience:
            raise QuotaExhausted(resource, self._now() + timedelta(seconds=seconds), secondary=True)
        self._sleep(seconds)
        return seconds

    def _connections(self) -> dict[int, Connection]:
        if not hasattr(self._mine, "connections"):
            self._mine.connections = {}
        held: dict[int, Connection] = self._mine.connections
        return held

    def _connection(self, place: int) -> Connection:
        held = self._connections()
        if place not in held:
            held[place] = Connection(self.url, self._tokens[place] if self._tokens else None)
        return held[place]


def _is_limit(answer: Answer) -> bool:
    if answer.status == 429:
        return True
    if answer.status == 403:
        words = answer.message.lower()
        return (
            "rate limit" in words
            or "abuse" in words
            or "retry-after" in answer.headers
            or answer.headers.get("x-ratelimit-remaining") == "0"
        )
    return _is_primary(answer)


def _is_primary(answer: Answer) -> bool:
    """Whether the hourly quota is used up: 403 or 429 in REST, an error of its own type in GraphQL's 200."""
    if answer.status == 200:
        faults = answer.data.get("errors") if isinstance(answer.data, dict) else None
        return isinstance(faults, list) and any(
            isinstance(fault, dict) and fault.get("type") == "RATE_LIMITED" for fault in faults
        )
    words = answer.message.lower()
    if "secondary" in words or "abuse" in words:
        return False
    return "rate limit exceeded" in words or answer.headers.get("x-ratelimit-remaining") == "0"


def _reset(answer: Answer) -> datetime | None:
    stated = answer.headers.get("x-ratelimit-reset", "")
    return datetime.fromtimestamp(int(stated), UTC) if stated.isdigit() else None


def _is_slow(fault: Mapping[str, Any]) -> bool:
    words = str(fault.get("message", "")).lower()
    return fault.get("type") in SLOW_KINDS or any(each in words for each in SLOW_WORDS)
