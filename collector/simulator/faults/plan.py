"""A fault plan at work: which rules take a request, and what has happened so far."""

import hashlib
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Self

from collector.simulator.faults.kinds import KINDS, TRANSIENT, Setting
from collector.simulator.faults.rules import Rule, operation_of, plan_from, read_plan
from collector.simulator.http import Handler, Request, Response
from collector.simulator.wording import mix

_REMEMBERED = 10_000


@dataclass(frozen=True)
class Fired:
    """One fault that happened."""

    place: int
    """Which of the plan's rules, counting from 0."""
    kind: str
    method: str
    path: str
    operation: str


class Plan:
    """Rules at work; safe to share between threads, and to change while requests come.

    With the same seed the same requests meet the same faults, in whatever order threads make them: what is
    drawn depends on the request and on how often it has been made.
    """

    def __init__(self, rules: Iterable[Rule] = (), *, seed: int = 1) -> None:
        self._lock = Lock()
        self._set(rules, seed)

    def _set(self, rules: Iterable[Rule], seed: int) -> None:
        self.rules: tuple[Rule, ...] = tuple(rules)
        self.seed = seed
        self._met = [0] * len(self.rules)
        self._taken = [0] * len(self.rules)
        self._asked: Counter[tuple[int, bytes]] = Counter()
        self._fired: deque[Fired] = deque(maxlen=_REMEMBERED)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """A plan from TOML or JSON. Raises FaultError, and OSError when the file cannot be read."""
        rules, seed = read_plan(path)
        return cls(rules, seed=seed)

    @classmethod
    def random(
        cls, seed: int, probability: float, kinds: Sequence[str] = TRANSIENT, *, count: int | None = None
    ) -> Self:
        """A plan in which each request goes wrong with a probability, in one of several ways.

        `count` is how often each way happens at most. The times are short enough for tests.
        """
        each = probability / max(1, len(kinds))
        rules: list[Rule] = []
        for place, kind in enumerate(kinds):
            # Rules are asked in turn: a later one sees only what those before it have spared.
            chance = each / (1 - each * place)
            seconds = None if KINDS[kind].seconds is None else 0.02
            # Limits are counted in whole seconds; 1 is the shortest wait that is one.
            seconds = 1.0 if kind in ("primary-limit", "rate-limited") else seconds
            rules.append(Rule(kind, probability=chance, count=count, seconds=seconds))
        return cls(rules, seed=seed)

    def replace(self, rules: Iterable[Rule], *, seed: int | None = None) -> None:
        """Puts other rules in place and forgets what has happened."""
        with self._lock:
            self._set(rules, self.seed if seed is None else seed)

    def replace_from(self, data: Any) -> None:
        """Puts the rules of a plan as data in place. Raises FaultError."""
        rules, seed = plan_from(data)
        self.replace(rules, seed=seed)

    def add(self, *rules: Rule) -> None:
        """Adds rules after those there are."""
        with self._lock:
            self.rules += rules
            self._met += [0] * len(rules)
            self._taken += [0] * len(rules)

    def clear(self) -> None:
        """Takes all rules away: from now on nothing goes wrong."""
        self.replace(())

    @property
    def fired(self) -> list[Fired]:
        """The faults that have happened, oldest first; the last ten thousand."""
        with self._lock:
            return list(self._fired)

    @property
    def happened(self) -> int:
        """How many faults have happened in all."""
        with self._lock:
            return sum(self._taken)

    def described(self) -> dict[str, Any]:
        """The plan as JSON, with how many requests each rule has met and taken."""
        with self._lock:
            return {
                "seed": self.seed,
                "rules": [
                    {**rule.described(), "met": met, "happened": taken}
                    for rule, met, taken in zip(self.rules, self._met, self._taken, strict=True)
                ],
                "happened": [vars(each) for each in self._fired],
            }

    def _takes(self, place: int, rule: Rule, request: Request, print_: bytes) -> int | None:
        """The draw of a rule that takes a request, None when it spares it."""
        self._met[place] += 1
        turn = self._met[place] - rule.nth
        if turn < 0 or turn % rule.every:
            return None
        if rule.count is not None and self._taken[place] >= rule.count:
            return None
        if rule.probability < 1:
            self._asked[(place, print_)] += 1
        number = int.from_bytes(print_, "big")
        draw = mix(self.seed, place, number, self._asked[(place, print_)])
        if (draw & 0xFFFFFFFF) / 2**32 >= rule.probability:
            return None
        self._taken[place] += 1
        self._fired.append(Fired(place, rule.kind, request.method, request.path, operation_of(request)))
        return draw >> 32

    def _taking(self, request: Request) -> list[tuple[Rule, int]]:
        """The rules that take a request, each with its draw; none follows one that answers by itself."""
        found: list[tuple[Rule, int]] = []
        with self._lock:
            if not self.rules:
                return found
            query = "&".join(f"{name}={value}" for name, value in sorted(request.query.items()))
            text = f"{request.method} {request.path}?{query}\n".encode() + request.body
            print_ = hashlib.blake2b(text, digest_size=8).digest()
            for place, rule in enumerate(self.rules):
                if not rule.meets(request) or not KINDS[rule.kind].applies(request):
                    continue
                draw = self._takes(place, rule, request, print_)
                if draw is not None:
                    found.append((rule, draw))
                    if KINDS[rule.kind].ends:
                        break
        return found

    def respond(self, request: Request, handler: Handler, setting: Setting) -> Response:
        """The answer to a request with what goes wrong about it: a middleware of the simulated GitHub."""
        for rule, draw in reversed(self._taking(request)):
            handler = _struck(rule, draw, handler, setting)
        return handler(request)


def _struck(rule: Rule, draw: int, handler: Handler, setting: Setting) -> Handler:
    strike = KINDS[rule.kind].strike
    return lambda request: strike(rule, request, handler, setting, draw)
