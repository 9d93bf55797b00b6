"""Everything recorded of a repository's issues and pull requests, in order of time, for lists of events."""

from dataclasses import dataclass

import numpy as np

from collector.simulator import labels
from collector.simulator.activity import Items
from collector.simulator.clock import NEVER
from collector.simulator.curves import Integers

SHUT, REOPENED, MERGED, CLOSED, CONVERTED, TRANSFERRED, ASSIGNED, REFERRED = range(40, 48)
"""Which of an item's events it is; those below are its labels, in turn."""
FIRST_LABEL_AFTER = 20
LABELLED_WITHIN = 300
"""Seconds after opening from which, and within which, an item gets its labels."""


@dataclass(frozen=True)
class Recorded:
    """Events in order of time; the arrays run alongside each other."""

    when: Integers
    place: Integers
    """Whose event it is, among the repository's items."""


def build_recorded(items: Items, seed: int, identity: int, assigned: dict[int, int]) -> Recorded:
    """Every event of a repository up to the horizon; `assigned` says when which item got an assignee."""
    times: list[Integers] = []
    places: list[Integers] = []
    everything = np.arange(items.count, dtype=np.int64)
    for place in range(len(labels.LABELS)):
        chosen = everything[(items.labels >> place) & 1 == 1]
        turn = np.bitwise_count(items.labels[chosen] & ((1 << place) - 1)).astype(np.int64)
        lot = _stirred(seed, identity, 71, chosen, turn) % np.uint64(LABELLED_WITHIN - FIRST_LABEL_AFTER)
        times.append(items.created[chosen] + FIRST_LABEL_AFTER + lot.astype(np.int64))
        places.append(chosen)
    for when in (items.shut, items.reopened, items.closed, np.where(items.flagged, items.closed, NEVER)):
        chosen = everything[when < NEVER]
        times.append(when[chosen])
        places.append(chosen)
    times.append(np.array(list(assigned.values()), dtype=np.int64))
    places.append(np.array(list(assigned), dtype=np.int64))
    moments, owners = np.concatenate(times), np.concatenate(places)
    order = np.lexsort((owners, moments))
    return Recorded(moments[order], owners[order])


def _stirred(*numbers: int | Integers) -> np.ndarray:
    """`wording.mix` of whole arrays."""
    with np.errstate(over="ignore"):
        state: np.ndarray = np.array(0x9E3779B97F4A7C15, dtype=np.uint64)
        for number in numbers:
            state = state + np.asarray(number).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return state
