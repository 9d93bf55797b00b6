"""Who made which fork of a repository, and when it was last pushed to."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from collector.simulator.activity import Items
from collector.simulator.clock import DAY
from collector.simulator.curves import Integers
from collector.simulator.people import Population
from collector.simulator.wording import mix


@dataclass(frozen=True)
class Forks:
    """Every fork up to the horizon, in order of time; the arrays run alongside each other.

    Those who open pull requests from outside do so from a fork they made before; most other forks are never
    pushed to.
    """

    made: Integers
    owner: Integers
    salt: int
    changes: dict[int, list[int]]
    """When the owner of a fork opened pull requests from it, rising, by the fork's place."""
    by_owner: dict[int, int]
    """The fork that an author of pull requests opens them from, by the author's index."""

    def pushed(self, place: int, now: int) -> int:
        """When a fork was last pushed to, up to a moment."""
        made = int(self.made[place])
        changes = self.changes.get(place)
        if changes is not None:
            past = bisect_right(changes, now)
            return changes[past - 1] if past else made
        number = mix(self.salt, place)
        later = made if number % 100 < 86 else made + (number >> 8) % (200 * DAY)
        return later if later <= now else made


def build_forks(made: Integers, items: Items, population: Population, salt: int) -> Forks:
    """The forks made at given times, each with its owner."""
    outside = population.humans - population.stewards
    owner: Integers = np.array(
        [population.stewards + mix(salt, 41, place) % outside for place in range(made.size)], dtype=np.int64
    )
    opened: dict[int, list[int]] = {}
    people = items.is_pull & (items.author >= population.stewards) & (items.author < population.humans)
    for place in np.where(people)[0]:
        opened.setdefault(int(items.author[place]), []).append(int(items.created[place]))
    changes: dict[int, list[int]] = {}
    by_owner: dict[int, int] = {}
    # The latest fork before the author's first pull request that nobody else's are opened from.
    free = np.arange(-1, made.size, dtype=np.int64)

    def latest_free(slot: int) -> int:
        root = slot
        while free[root] != root - 1:
            root = int(free[root]) + 1
        while slot != root:
            free[slot], slot = root - 1, int(free[slot]) + 1
        return root

    for author, times in opened.items():
        slot = latest_free(int(np.searchsorted(made, times[0], side="left")))
        if slot == 0:
            continue  # no fork was there yet: the change comes from a branch
        place = slot - 1
        free[slot] = place - 1
        owner[place] = author
        changes[place], by_owner[author] = times, place
    return Forks(made, owner, salt, changes, by_owner)
