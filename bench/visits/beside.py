"""How long readers wait for pages while clients attack, beside how long while nobody does."""

from __future__ import annotations

import http.client
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import brotli

from visits.hostile import CLIENTS, hostile
from visits.readers import Visitor
from visits.views import PATHS

#: The p95 under attack may be so many times that of quiet, in the middle of all rounds.
MOVED: Final = 1.2
FEWEST: Final = 3
#: Requests for one kept answer in each window.
REQUESTS: Final = 60
#: Visits of every page in each window: the slowest twentieth of fewer moves by chance.
VISITS: Final = 2
#: What is chosen on each page, beside a first day that nobody has asked for before.
CHOICES: Final = ("", "&grain=quarter", "&scope=tensorflow/tensorflow")
EARLIEST: Final = date(2017, 1, 2)
#: What pages say instead of their numbers while their database is away.
AWAY: Final = b"The database does not answer"
#: Kinds of requests that the promise is about, and the one that is told without: it takes so little that
#: any other process on the machine weighs on it.
FIRST, AGAIN, KEPT = "asked for the first time", "asked again", "of one kept answer"
PAGE: Final = {
    "output": ".._pages_content.children..._pages_store.data..",
    "outputs": [
        {"id": "_pages_content", "property": "children"},
        {"id": "_pages_store", "property": "data"},
    ],
    "inputs": [
        {"id": "_pages_location", "property": "pathname", "value": "/innovation"},
        {"id": "_pages_location", "property": "search", "value": ""},
    ],
    "changedPropIds": ["_pages_location.pathname"],
}

Window = dict[str, list[float]]


class Away(Exception):
    """Pages that could not be measured, in a sentence."""


@dataclass
class Beside:
    """Windows of quiet and of attack, a pair a round, and how the attackers were answered."""

    quiet: list[Window] = field(default_factory=list)
    attacked: list[Window] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def ratios(self, kind: str) -> list[float]:
        """How many times the p95 of quiet that of the attack is, round by round."""
        pairs = zip(self.quiet, self.attacked, strict=True)
        return [p95(attacked[kind]) / p95(quiet[kind]) for quiet, attacked in pairs]

    def told(self, kind: str) -> str:
        """Both figures of all rounds, the middle of the rounds' ratios, and each of them."""
        before, after = (
            p95([taken for window in windows for taken in window[kind]])
            for windows in (self.quiet, self.attacked)
        )
        ratios = self.ratios(kind)
        each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        return (
            f"{statistics.median(ratios):.2f} times that of quiet ({1000 * before:.1f} ms alone, "
            f"{1000 * after:.1f} ms under {CLIENTS} hostile clients; by rounds {each}; "
            f"{len(self.quiet[0][kind])} requests a window)"
        )


def beside(port: int, seconds: float, attack: str) -> Beside:
    """Windows without and with the attack by turns, until the time is over.

    Which comes first changes from round to round, so that whatever else grows or shrinks meanwhile weighs
    on both alike. Raises `Away` as soon as a page tells nothing but a fault.
    """
    found = Beside()
    visitor = Visitor({"port": port, "changing": [PAGE]}, 0)
    days = _days()
    _visits(visitor, next(days))
    until = time.monotonic() + seconds
    while len(found.quiet) < FEWEST or time.monotonic() < until:
        windows = [(found.quiet, False), (found.attacked, True)]
        for kept, attacked in windows if len(found.quiet) % 2 == 0 else reversed(windows):
            with hostile(port, attack) if attacked else nullcontext(Counter[str]()) as answers:
                kept.append(_window(visitor, days))
            found.answers += answers
    return found


def p95(taken: list[float]) -> float:
    """What one of twenty takes longer than."""
    return statistics.quantiles(taken, n=20)[-1]


def _days() -> Iterator[date]:
    """First days that nobody has asked for before."""
    day = EARLIEST
    while True:
        yield day
        day += timedelta(days=1)


def _window(visitor: Visitor, days: Iterator[date]) -> Window:
    """Seconds for every page with every choice, since days of its own, once and again, and for one kept."""
    window: Window = {FIRST: [], AGAIN: [], KEPT: []}
    for _ in range(VISITS):
        first = next(days)
        window[FIRST] += _visits(visitor, first)
        window[AGAIN] += _visits(visitor, first)
    visitor.path, visitor.query = "/innovation", ""
    window[KEPT] += [_page(visitor) for _ in range(REQUESTS)]
    return window


def _visits(visitor: Visitor, first: date) -> list[float]:
    """Seconds for the document of each page, and for each choice of filters on it."""
    taken = []
    for visitor.path in PATHS:
        taken.append(_document(visitor.order["port"], f"{visitor.path}?from={first}"))
        for choice in CHOICES:
            visitor.query = f"?from={first}{choice}"
            taken.append(_page(visitor))
    return taken


def _document(port: int, path: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    began = time.perf_counter()
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise Away(f"{path} got no answer ({type(error).__name__})") from error
    finally:
        connection.close()
    taken = time.perf_counter() - began
    _require_numbers(path, content, "" if answer.status == 200 else f"answers {answer.status}")
    return taken


def _page(visitor: Visitor) -> float:
    milliseconds, fault = visitor.timed("page")
    content: Any = visitor.content
    if visitor.encoding == "br":
        content = brotli.decompress(content)
    _require_numbers(f"{visitor.path}{visitor.query}", content, fault)
    return milliseconds / 1000


def _require_numbers(path: str, content: bytes, fault: str) -> None:
    if AWAY in content:
        raise Away(f"{path} says that the database does not answer")
    if fault:
        raise Away(f"{path}: {fault}")
