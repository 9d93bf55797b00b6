"""What all clients of one process share: who may ask GitHub, what is left to each, and whether it answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock

from collector.errors import CollectorError
from collector.github.budget import Budget, Quota, Wait
from collector.github.circuit import Circuit
from collector.github.credentials import Anonymous, Credential, fingerprint
from collector.github.errors import GitHubDown, QuotaExhausted

log = logging.getLogger(__name__)

PUBLIC_GITHUB = "https://api.github.com"


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


class Access:
    """The way to a GitHub at `url` (the API's base; Enterprise and the simulator have their own).

    One a process: its clients, one a thread, keep one budget and one circuit.
    `headroom` is the share of each token's hourly quotas that is left to its owner.
    `now` is the wall clock, `clock` one that only grows, in seconds (where only the
    first is given, that one); `sleep` waits.
    """

    def __init__(
        self,
        url: str = PUBLIC_GITHUB,
        credentials: Sequence[Credential] = (),
        *,
        headroom: float = 0.0,
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self.credentials: tuple[Credential, ...] = tuple(credentials) or (Anonymous(),)
        self.identified = bool(credentials)
        self.now = now
        self.sleep = sleep
        if clock is None:
            clock = time.monotonic if now is utc_now else lambda: now().timestamp()
        self.budget = Budget(len(self.credentials), headroom, now=now, clock=clock)
        self.circuit = Circuit(clock)
        self._told_of: set[int] = set()
        self._lock = Lock()

    def turn(self, resource: str, patience: float, tag: str | None = None) -> tuple[int, float]:
        """The place of the token that may ask now, and how many seconds of `patience` were waited for it.

        The token that an answer's `tag` came with goes first, if it may. Say `done` to
        the budget afterwards. Raises `QuotaExhausted` when the wait would be longer, and
        `GitHubDown` at once while the circuit is open.
        """
        waited = 0.0
        preferred = self._place_of(tag)
        while True:
            self.insist_on_circuit(self.circuit.closed_for())
            chosen = self.budget.choose(resource, preferred)
            if not isinstance(chosen, Wait):
                break
            seconds = max(1.0, (chosen.until - self.now()).total_seconds())
            if waited + seconds > patience:
                raise QuotaExhausted(resource, chosen.until, secondary=chosen.secondary)
            self.sleep(seconds)
            self.budget.waited(chosen)
            waited += seconds
        pause = self.budget.pace(chosen, resource)
        if pause > 0:
            self.sleep(pause)
        return chosen, waited

    def insist_on_circuit(self, seconds: float) -> None:
        """Raises `GitHubDown` unless these seconds, in which the circuit stays open, are none."""
        if seconds > 0:
            raise GitHubDown(self.url, self.now() + timedelta(seconds=seconds))

    def refuse(self, place: int, error: CollectorError) -> None:
        """Put a token that is not accepted aside, with one line in the log; raises the error of the last."""
        others = self.budget.put_aside(place)
        if not others:
            raise error
        with self._lock:
            new = place not in self._told_of
            self._told_of.add(place)
        if new:
            log.warning("%s: %s. The others go on. %s", error.to, error.happened, error.next_step)

    def quotas(self, place: int | None = None) -> dict[str, Quota]:
        """Quotas by resource, over all tokens or of one, as far as GitHub has told."""
        found = {name: self.budget.quota(name, place) for name in ("core", "graphql", "search")}
        return {name: quota for name, quota in found.items() if quota}

    def _place_of(self, tag: str | None) -> int | None:
        """The token that a tag came with, while it is among ours."""
        if tag is None:
            return None
        owner = tag.partition(" ")[0]
        for place, credential in enumerate(self.credentials):
            if fingerprint(credential.known()) == owner:
                return place
        return None


def in_words(quotas: Mapping[str, Quota], *, resets: bool = False) -> str | None:
    """The hourly quotas in a few words for people, with their resets (UTC) or without.

    None while nothing is known of them.
    """
    units = {"core": "requests", "graphql": "points"}
    parts = [
        f"{quota.remaining:,} of {quota.limit:,} {units[name]}"
        + (f" until {quota.reset:%H:%M} UTC" if resets else "")
        for name, quota in quotas.items()
        if name in units
    ]
    return ", ".join(parts) + " left" if parts else None
