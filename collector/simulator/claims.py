"""Who takes up issues for newcomers: somebody is assigned, and their pull request refers to the issue."""

from dataclasses import dataclass

import numpy as np

from collector.simulator import labels
from collector.simulator.activity import Items
from collector.simulator.clock import DAY, NEVER
from collector.simulator.curves import Integers
from collector.simulator.people import Population
from collector.simulator.recorded import LABELLED_WITHIN
from collector.simulator.wording import mix

OFFERED = labels.BIT["good first issue"] | labels.BIT["stat:contributions welcome"]


@dataclass(frozen=True)
class Claim:
    """What became of one issue for newcomers; NEVER for what did not happen."""

    assigned: int
    assignee: int
    """By index; who opens the pull request, too."""
    referred: int
    pull: int
    """The place of the pull request that refers to it."""
    solves: bool
    """Whether the pull request closed it, in so far as it is closed."""


@dataclass(frozen=True)
class Claims:
    """The claims by the issues' places, and when each of them changes its issue, alongside each other."""

    of: dict[int, Claim]
    place: Integers
    when: Integers


def build_claims(items: Items, population: Population, salt: int) -> Claims:
    """Every claim up to the horizon. Some issues are never taken up."""
    outside = (items.author >= population.stewards) & (items.author < population.humans)
    pulls = np.where(items.is_pull & outside)[0]
    opened = items.created[pulls]
    found: dict[int, Claim] = {}
    changes: list[tuple[int, int]] = []
    for place in np.where(~items.is_pull & ((items.labels & OFFERED) != 0))[0].tolist():
        lot = mix(salt, place)
        assigned = int(items.created[place]) + LABELLED_WITHIN + (lot >> 8) % (40 * DAY)
        turn = int(np.searchsorted(opened, assigned, side="left"))
        over = min(int(items.closed[place]), int(items.shut[place]))
        if lot % 100 >= 62 or turn == pulls.size or assigned >= over:
            continue
        pull = int(pulls[turn])
        referred = int(items.created[pull])
        if referred >= over or lot % 100 >= 50:
            referred = NEVER
        between = int(items.closed[place]) - int(items.closed[pull])
        solves = referred < NEVER and bool(items.flagged[pull]) and 0 <= between < 90 * DAY
        found[place] = Claim(assigned if lot % 3 else NEVER, int(items.author[pull]), referred, pull, solves)
        changes += [(place, when) for when in (found[place].assigned, referred) if when < NEVER]
    columns = np.array(changes, dtype=np.int64).reshape(-1, 2)
    return Claims(found, columns[:, 0], columns[:, 1])
