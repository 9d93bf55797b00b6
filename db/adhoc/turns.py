"""How many questions are answered at once; others stand in a line, in which nobody is before others twice.

Where a long question could not be made to stand back behind everybody else, a rest follows it, in
which nobody is let in who asked for long lately: then it is their share of the time that is bounded.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from db.errors import DatabaseError

#: Cores that this process may use.
CORES: Final = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
#: Questions that are answered at once: pages keep a core, and threads to be answered by.
AT_ONCE: Final = min(max(CORES - 1, 1), 4)
#: How long a question waits for its turn, in seconds, where nobody says otherwise.
TURN: Final = 10.0
#: Who is told to come back keeps a place in the line for so many seconds.
KEPT: Final = 6.0
#: So many may stand in the line for one client, and in all.
MOST_OF_ONE: Final = 20
MOST: Final = 200
#: A question that has a processor for longer, in seconds, stands back from then on.
SHORT: Final = 0.25
#: What a client may take beside everybody else before its questions stand back from the start, in
#: seconds, and how much of it comes again in each second.
CREDIT, COMES_AGAIN = 1.0, 0.05
#: A rest lasts so many times as long as the question before it: long ones get a quarter of the time.
RESTS: Final = 3.0
#: Who asked for long is one of those who rest for so many seconds afterwards.
LATELY: Final = 600.0
#: How often somebody who stands in the line looks whether it is their turn, in seconds.
LOOK: Final = 0.05


class TooMany(DatabaseError):
    """Others are asking, or it is time to rest for `rest` seconds.

    `ticket` keeps the place in the line, and is empty where the line is full.
    """

    def __init__(self, before: int, ticket: str, rest: float = 0.0, *, lingers: bool = False) -> None:
        others = "1 question is" if before == 1 else f"{before} questions are"
        why, next_step = f"{others} before it", "Others are asking; try again in a moment"
        if rest > 0:
            why = f"questions that take long rest for another {rest:.0f} s"
            next_step = "Ask for fewer rows or periods, or try again then"
        if lingers:
            why = "the server still works on one that was ended before its time"
            next_step = (
                "Try again in a moment; smaller numbers and shorter texts make steps that can be ended"
            )
        super().__init__(f"has to wait for its turn: {why}", to="the query", next_step=next_step)
        self.ticket = ticket
        self.rest = rest


@dataclass(frozen=True)
class _Place:
    """Whose it is, when it lapses, and whether its ticket was shown again: only then others wait for it."""

    who: str
    until: float
    kept: bool


class Line:
    """Places to be answered at, and tickets of those who wait; a ticket that nobody shows any more lapses.

    Clients take turns, and among questions of the same turn whoever came first is first:
    who asks a hundred times at once waits behind questions of their own, and others do not.
    A ticket counts once it is shown again: who never comes back keeps nobody waiting.
    """

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._places = places
        self._running: Counter[str] = Counter()
        self._tickets: dict[str, _Place] = {}
        #: Turns that each client has had, of those who are here; who comes new begins with the fewest.
        self._had: dict[str, int] = {}
        #: What each client has taken of its credit, and when that was counted.
        self._taken: dict[str, tuple[float, float]] = {}
        #: Ended questions that a server still works on, by whose they are.
        self._lingering: Counter[str] = Counter()
        #: Until when who asked for long rests, and until when each of them is one of those who did.
        self._rests_until = 0.0
        self._long: dict[str, float] = {}

    def take(
        self,
        patience: float = TURN,
        ticket: str = "",
        who: str = "",
        gone: Callable[[], bool] = lambda: False,
    ) -> Turn:
        """A place, once it is one's turn; raises `TooMany` when that does not come in `patience` seconds.

        So it does as soon as `gone` says that nobody waits any more: the place in the line is given up.
        """
        until = time.monotonic() + patience
        while True:
            taken, ticket, before = self._stand(ticket, who)
            if taken is not None:
                return taken
            if gone():
                with self._lock:
                    self._tickets.pop(ticket, None)
                raise TooMany(before, "")
            left = until - time.monotonic()
            if left <= 0 or not ticket:
                raise TooMany(before, ticket, self._rest(who), lingers=self._held_up(who))
            time.sleep(min(left, LOOK))

    def leave(self, who: str, took: float = 0.0, *, rests: bool = False) -> None:
        """Gives a place back, after a question that `took` so many seconds from everybody else.

        A rest follows where it `rests`.
        """
        now = time.monotonic()
        with self._lock:
            self._running[who] -= 1
            if not self._running[who]:
                del self._running[who]
            # Of the program's own questions, in reports, nobody's turn is made of.
            if not took or not who:
                return
            self._taken[who] = min(self._taken_by(who, now) + took, 2 * CREDIT), now
            if rests:
                self._rests_until = max(self._rests_until, now) + RESTS * took
                self._long[who] = self._rests_until + LATELY

    def linger(self, who: str) -> Callable[[], None]:
        """Notes an ended question that its server still works on; to be called when that is over.

        Its client waits until then, and everybody does while there are more of them than places.
        """
        with self._lock:
            self._lingering[who] += 1

        def over() -> None:
            with self._lock:
                self._lingering[who] -= 1
                if not self._lingering[who]:
                    del self._lingering[who]

        return over

    def _held_up(self, who: str) -> bool:
        return self._lingering[who] > 0 or self._lingering.total() > self._places

    def _taken_by(self, who: str, now: float) -> float:
        """What a client has taken of its credit by now."""
        taken, counted_at = self._taken.get(who, (0.0, now))
        return max(taken - COMES_AGAIN * (now - counted_at), 0.0)

    def _rest(self, who: str) -> float:
        """How many seconds somebody still rests."""
        now = time.monotonic()
        with self._lock:
            return max(self._rests_until - now, 0.0) if self._long.get(who, now) > now else 0.0

    def _stand(self, ticket: str, who: str) -> tuple[Turn | None, str, int]:
        """A place or None; else the ticket, and how many are answered or wait before it."""
        now = time.monotonic()
        with self._lock:
            self._tickets = {each: place for each, place in self._tickets.items() if place.until >= now}
            here = {*self._running, *(place.who for place in self._tickets.values())}
            self._had = {each: turns for each, turns in self._had.items() if each in here}
            held = self._tickets.get(ticket)
            if held is None:
                of_this_one = sum(place.who == who for place in self._tickets.values())
                full = of_this_one >= MOST_OF_ONE or len(self._tickets) >= MOST
                ticket = "" if full else secrets.token_urlsafe(12)
            running = self._running.total()
            if not ticket:
                return None, "", running + len(self._tickets)
            self._tickets[ticket] = _Place(who, now + KEPT, held is not None)
            self._had.setdefault(who, min(self._had.values(), default=0))
            self._long = {each: until for each, until in self._long.items() if until > now}
            resting = frozenset(self._long) if self._rests_until > now else frozenset()
            before = self._order(ticket, resting).index(ticket)
            if who not in resting and not self._held_up(who) and before < self._places - running:
                del self._tickets[ticket]
                self._running[who] += 1
                self._had[who] += 1
                self._taken = {each: held for each, held in self._taken.items() if self._taken_by(each, now)}
                return Turn(self, who, max(0.0, min(SHORT, CREDIT - self._taken_by(who, now)))), "", 0
            return None, ticket, running + before

    def _order(self, mine: str, resting: Collection[str]) -> list[str]:
        """The tickets that count, and mine, as their turns come; who rests is before nobody else."""
        turns = Counter(self._had)
        ranks = {}
        for number, (ticket, place) in enumerate(self._tickets.items()):
            if ticket == mine or (place.kept and place.who not in resting and not self._held_up(place.who)):
                ranks[ticket] = turns[place.who], number
                turns[place.who] += 1
        return sorted(ranks, key=ranks.__getitem__)


class Turn:
    """A place that is held until it is given back."""

    def __init__(self, line: Line, who: str, short: float) -> None:
        self._line: Line | None = line
        self._who = who
        #: How long its question may have a processor before it stands back, in seconds.
        self.short = short
        self._charged = 0.0
        self._linger = line.linger

    def charge(self, seconds: float) -> None:
        """Counts what was taken from everybody else before the question was asked."""
        self._charged += seconds

    def linger(self) -> Callable[[], None]:
        """Notes that its server still works on it; to be called when that is over."""
        return self._linger(self._who)

    def end(self, took: float = 0.0, *, rests: bool = False) -> None:
        """Gives it back; a second time changes nothing.

        `took` is what it took from everybody else, in seconds, and a rest follows where it `rests`.
        """
        line, self._line = self._line, None
        if line is not None:
            line.leave(self._who, took + self._charged, rests=rests)


#: Everybody who asks through this process.
LINE: Final = Line(AT_ONCE)
