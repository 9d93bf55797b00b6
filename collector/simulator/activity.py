"""The issues and pull requests of one repository: who opened them, when, and what became of them."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from collector.simulator import labels
from collector.simulator.clock import DAY, HOUR, MINUTE, NEVER
from collector.simulator.crowds import Crowds
from collector.simulator.curves import Floats, Integers, by_year
from collector.simulator.people import Population
from collector.simulator.repositories import Specification

Booleans = NDArray[np.bool_]

UNANSWERED = {
    2015: 0.06,
    2016: 0.08,
    2017: 0.14,
    2018: 0.16,
    2019: 0.12,
    2020: 0.10,
    2021: 0.07,
    2022: 0.08,
    2023: 0.11,
    2024: 0.18,
    2025: 0.22,
    2026: 0.24,
}
"""Share of issues no person answers, by year."""

MISSING = 0.003
"""Share of numbers that are gone: deleted, transferred, turned into discussions."""


class Reason(IntEnum):
    """Why an issue was closed."""

    COMPLETED = 0
    NOT_PLANNED = 1
    DUPLICATE = 2


@dataclass(frozen=True)
class Schedule:
    """When things happen in a repository: rising seconds."""

    issues: Integers
    pulls: Integers
    exported: Integers
    direct: Integers


@dataclass(frozen=True)
class Items:
    """Issues and pull requests in order of creation; the arrays run alongside each other."""

    number: Integers
    is_pull: Booleans
    exported: Booleans
    """Opened by Copybara for a change made inside the company."""
    created: Integers
    author: Integers
    shut: Integers
    """A first closing that was taken back, or NEVER."""
    reopened: Integers
    closed: Integers
    """The lasting closing, or NEVER."""
    closer: Integers
    lands: Booleans
    """Whether its change reaches the default branch."""
    flagged: Booleans
    """Whether the API calls it merged; Copybara closes many it has landed without."""
    reason: Integers
    labels: Integers
    additions: Integers
    deletions: Integers
    files: Integers
    reactions: Integers
    answered: Booleans

    @property
    def count(self) -> int:
        """How many there are up to the horizon."""
        return int(self.number.size)


def lognormal(random: np.random.Generator, median: Floats | float, sigma: float, count: int) -> Floats:
    """Heavy-tailed positive values with a median."""
    return np.asarray(median * np.exp(random.normal(0.0, sigma, count)), dtype=np.float64)


def _closing(
    random: np.random.Generator,
    created: Integers,
    is_pull: Booleans,
    exported: Booleans,
    answered: Booleans,
    lands: Booleans,
) -> Integers:
    count = created.size
    issue_delay = lognormal(random, 24.0 * DAY, 2.0, count)
    landing_delay = lognormal(random, 4.5 * DAY, 1.5, count)
    refused_delay = lognormal(random, 21.0 * DAY, 1.6, count)
    export_delay = lognormal(random, 6.0 * HOUR, 1.3, count)
    delay = np.where(is_pull, np.where(lands, landing_delay, refused_delay), issue_delay)
    delay = np.where(exported, export_delay, delay)
    lot = random.random(count)
    never_issue = ~is_pull & (lot < np.where(answered, 0.09, 0.55))
    never_pull = is_pull & ~lands & (lot < 0.16)
    closed = created + np.maximum(delay, 2 * MINUTE).astype(np.int64)
    return np.where(never_issue | never_pull, NEVER, closed)


def build_items(
    random: np.random.Generator,
    specification: Specification,
    schedule: Schedule,
    population: Population,
    crowds: Crowds,
) -> Items:
    """Everything opened in a repository up to the horizon."""
    sizes = (schedule.issues.size, schedule.pulls.size, schedule.exported.size)
    authors = np.concatenate(
        [
            crowds.draw(random, sizes[0], 0.06, exponent=0.55, keep=1.0),
            crowds.draw(random, sizes[1], specification.steward_pulls, exponent=1.0, keep=0.18),
            np.full(sizes[2], population.bot("copybara-service"), dtype=np.int64),
        ]
    )
    created = np.concatenate([schedule.issues, schedule.pulls, schedule.exported])
    kind = np.repeat([0, 1, 2], sizes)
    order = np.lexsort((kind, created))
    created, kind, author = created[order], kind[order], authors[order]
    number = np.arange(1, created.size + 1, dtype=np.int64)
    present = (random.random(created.size) >= MISSING) | (kind == 2)
    created, kind, author, number = created[present], kind[present], author[present], number[present]
    count = created.size
    is_pull, exported = kind > 0, kind == 2
    # A dependency bot opens a few percent of the pull requests from 2020 on.
    bots = is_pull & ~exported & (random.random(count) < 0.03) & (created > 1_577_836_800)
    author = np.where(bots, population.bot("dependabot"), author)
    inside = author < population.stewards
    answered = random.random(count) >= by_year(UNANSWERED, created)
    lands = is_pull & (random.random(count) < np.where(exported, 0.93, np.where(inside, 0.86, 0.62)))
    closed = _closing(random, created, is_pull, exported, answered, lands)
    if specification.landing == "copybara":
        flagged = lands & (random.random(count) < np.where(exported, 0.8, 0.55))
    else:
        flagged = lands
    lot = random.random(count)
    again = ~is_pull & (closed < NEVER) & (lot < 0.025)
    half = np.where(again, created + (closed - created) // 3 + MINUTE, NEVER)
    back = np.where(again, half + np.maximum((closed - half) // 2, MINUTE), NEVER)
    closed = np.where(again, np.maximum(closed, back + MINUTE), closed)
    additions = np.maximum(0, lognormal(random, 14.0, 1.8, count).astype(np.int64))
    return Items(
        number=number,
        is_pull=is_pull,
        exported=exported,
        created=created,
        author=author,
        shut=half,
        reopened=back,
        closed=closed,
        closer=_closers(random, specification, population, crowds, created, author, is_pull, exported, lands),
        lands=lands & (closed < NEVER),
        flagged=flagged & (closed < NEVER),
        reason=random.choice([0, 0, 0, 0, 0, 1, 1, 2], size=count),
        labels=labels.draw(random, created, is_pull),
        additions=np.where(is_pull, additions, 0),
        deletions=np.where(is_pull, (additions * random.random(count) * 0.8).astype(np.int64), 0),
        files=np.where(is_pull, np.minimum(1 + lognormal(random, 1.2, 1.0, count).astype(np.int64), 300), 0),
        reactions=np.minimum(random.geometric(0.65, count) - 1, 400) * random.integers(1, 4, count),
        answered=answered,
    )


def _closers(
    random: np.random.Generator,
    specification: Specification,
    population: Population,
    crowds: Crowds,
    created: Integers,
    author: Integers,
    is_pull: Booleans,
    exported: Booleans,
    lands: Booleans,
) -> Integers:
    """Who closes each item: Copybara what it lands, bots what went stale, else the author or an insider."""
    count = created.size
    closer = crowds.draw(random, count, 1.0, exponent=0.8, keep=0.05, keep_inside=0.6)
    lot = random.random(count)
    closer = np.where(~lands & (lot < 0.3), author, closer)
    stale = ~is_pull & (created > 1_567_296_000) & (lot > 0.62) & specification.reviewed
    closer = np.where(stale, population.bot("google-ml-butler"), closer)
    if specification.landing == "copybara":
        landed_by = "tfx-copybara" if specification.name == "tfx" else "tensorflow-copybara"
        closer = np.where(lands, population.bot(landed_by), closer)
    return np.where(exported, population.bot("copybara-service"), closer)
