"""What is left of each token's quotas, as GitHub's own headers say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock


@dataclass(frozen=True)
class Quota:
    """What may be asked of one resource (core, graphql, search) until `reset` (UTC)."""

    limit: int
    remaining: int
    reset: datetime


class Quotas:
    """The quotas of several tokens, by their places; safe to use from several threads."""

    def __init__(self, tokens: int, headroom: int) -> None:
        self._tokens = tokens
        self._headroom = headroom
        self._held: dict[tuple[int, str], Quota] = {}
        self._lock = Lock()

    def read(self, place: int, resource: str, headers: Mapping[str, str]) -> None:
        """Take what an answer's headers say; answers without them change nothing."""
        try:
            quota = Quota(
                int(headers["x-ratelimit-limit"]),
                int(headers["x-ratelimit-remaining"]),
                datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), UTC),
            )
        except (KeyError, ValueError):
            return
        with self._lock:
            self._held[place, headers.get("x-ratelimit-resource") or resource] = quota

    def exhaust(self, place: int, resource: str, reset: datetime) -> None:
        """Nothing is left of a resource until `reset`, whatever headers said."""
        with self._lock:
            limit = self._held[place, resource].limit if (place, resource) in self._held else 0
            self._held[place, resource] = Quota(limit, 0, reset)

    def choose(self, resource: str, now: datetime) -> tuple[int | None, datetime | None]:
        """The token with most left, and None; or None and the earliest reset when all are used up.

        A token whose quota is not known yet counts as fresh.
        """
        with self._lock:
            held = [self._held.get((place, resource)) for place in range(self._tokens)]
        best: tuple[int, int] | None = None
        resets: list[datetime] = []
        for place, quota in enumerate(held):
            if quota is None or quota.reset <= now:
                remaining = quota.limit if quota else 1_000_000
            elif quota.remaining <= self._headroom:
                resets.append(quota.reset)
                continue
            else:
                remaining = quota.remaining
            if best is None or remaining > best[0]:
                best = (remaining, place)
        return (best[1], None) if best else (None, min(resets))

    def of(self, resource: str) -> Quota | None:
        """One resource's quota over all tokens: sums, and the earliest reset; None while nothing is known."""
        with self._lock:
            held = [quota for (_, name), quota in self._held.items() if name == resource]
        if not held:
            return None
        return Quota(sum(q.limit for q in held), sum(q.remaining for q in held), min(q.reset for q in held))
