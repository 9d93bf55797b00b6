"""The labels of a simulated repository and how often each is put on an issue or a pull request."""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from collector.simulator.clock import seconds
from collector.simulator.curves import Integers


@dataclass(frozen=True)
class Label:
    """A label; its place in `LABELS` is its bit in an item's set of labels."""

    name: str
    color: str
    description: str = ""


_TYPES = (
    ("type:bug", 0.36), ("type:build/install", 0.20), ("type:support", 0.20), ("type:feature", 0.12),
    ("type:performance", 0.05), ("type:docs-bug", 0.04), ("type:others", 0.03),
)  # fmt: skip
_COMPONENTS = (
    ("comp:lite", 0.18), ("comp:keras", 0.16), ("comp:ops", 0.12), ("comp:gpu", 0.10), ("comp:apis", 0.09),
    ("comp:runtime", 0.06), ("comp:data", 0.05), ("comp:eager", 0.05), ("comp:dist-strat", 0.05),
    ("comp:xla", 0.05), ("comp:model", 0.04), ("comp:tpus", 0.02), ("comp:mkl", 0.02), ("comp:micro", 0.01),
)  # fmt: skip
_EXTRAS = (
    ("good first issue", 0.022), ("stat:contributions welcome", 0.035), ("stat:awaiting response", 0.34),
    ("stat:awaiting tensorflower", 0.16), ("stale", 0.20), ("TPU", 0.012), ("Google Cloud", 0.012),
    ("subtype:windows", 0.08), ("subtype:macOS", 0.03), ("regression issue", 0.01),
)  # fmt: skip
_CHANGES = (
    ("size:XS", 0.30), ("size:S", 0.28), ("size:M", 0.22), ("size:L", 0.14), ("size:XL", 0.06),
)  # fmt: skip
_CHANGE_EXTRAS = (
    ("cla: yes", 0.85),
    ("ready to pull", 0.55),
    ("awaiting review", 0.20),
    ("kokoro:force-run", 0.3),
)
_VERSIONS = (
    ("TF 1.x", "2017-02-15"),
    ("TF 2.0", "2019-09-30"),
    ("TF 2.8", "2022-02-02"),
    ("TF 2.16", "2024-03-07"),
)
_COLORS = ("d73a4a", "0e8a16", "fbca04", "1d76db", "5319e7", "b60205", "c5def5", "7057ff")

_NAMES = tuple(
    name for group in (_TYPES, _COMPONENTS, _EXTRAS, _CHANGES, _CHANGE_EXTRAS, _VERSIONS) for name, _ in group
)
LABELS = tuple(
    Label(name, _COLORS[index % len(_COLORS)], f"Marks {name.split(':')[-1]}")
    for index, name in enumerate(_NAMES)
)
BIT = {label.name: 1 << index for index, label in enumerate(LABELS)}
FIRST_ISSUE = BIT["good first issue"]


def _one_of(
    random: np.random.Generator, group: tuple[tuple[str, float], ...], count: int, chance: float
) -> Integers:
    bits = np.array([BIT[name] for name, _ in group], dtype=np.int64)
    weight = np.array([share for _, share in group])
    chosen = bits[random.choice(len(group), size=count, p=weight / weight.sum())]
    return np.where(random.random(count) < chance, chosen, 0)


def _any_of(random: np.random.Generator, group: tuple[tuple[str, float], ...], count: int) -> Integers:
    total = np.zeros(count, dtype=np.int64)
    for name, share in group:
        total |= np.where(random.random(count) < share, BIT[name], 0)
    return total


def draw(random: np.random.Generator, created: Integers, is_pull: np.ndarray) -> Integers:
    """The set of labels, as bits, of every item."""
    count = created.size
    issue = _one_of(random, _TYPES, count, 0.85) | _one_of(random, _COMPONENTS, count, 0.7)
    issue |= _any_of(random, _EXTRAS, count)
    starts = np.array([seconds_of(day) for _, day in _VERSIONS])
    version_bits = np.array([0, *(BIT[name] for name, _ in _VERSIONS)], dtype=np.int64)
    version = version_bits[np.searchsorted(starts, created, side="right")]
    issue |= np.where(random.random(count) < 0.45, version, 0)
    change = _one_of(random, _CHANGES, count, 0.8) | _any_of(random, _CHANGE_EXTRAS, count)
    change |= _one_of(random, _COMPONENTS, count, 0.4)
    labels: Integers = np.where(is_pull, change, issue)
    return labels


def seconds_of(day: str) -> int:
    """The first second of a day written YYYY-MM-DD."""
    return seconds(date.fromisoformat(day))


@cache
def members(bits: int) -> tuple[int, ...]:
    """The places in `LABELS` of a set of labels."""
    return tuple(index for index in range(len(LABELS)) if bits >> index & 1)
