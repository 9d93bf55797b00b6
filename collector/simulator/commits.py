"""The commits on one repository's default branch: who wrote them, when, and which pull request they land."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from collector.simulator.activity import Items, lognormal
from collector.simulator.clock import DAY, HOUR
from collector.simulator.crowds import Crowds
from collector.simulator.curves import Integers
from collector.simulator.repositories import Specification

PROXY = -1
"""The author of a commit that carries somebody else's work under a proxy's name."""


class Style(IntEnum):
    """How a commit came to be."""

    DIRECT = 0
    SQUASH = 1  # subject ends with (#N)
    IMPORT = 2  # subject starts with "PR #N:"
    BRANCH = 3  # the pull request's own commit, second parent of a merge
    MERGE = 4  # "Merge pull request #N from …"
    EXPORT = 5  # the company's own change, whose pull request Copybara opened and closed


@dataclass(frozen=True)
class Commits:
    """Commits, parents before children; the arrays run alongside each other."""

    visible: Integers
    """When the commit reached the default branch; rising."""
    committed: Integers
    authored: Integers
    author: Integers
    item: Integers
    """The place of the pull request among the repository's items, or -1."""
    style: Integers
    coauthor: Integers
    """A second author named in a trailer, or -1."""

    @property
    def count(self) -> int:
        """How many there are up to the horizon."""
        return int(self.visible.size)


def build_commits(
    random: np.random.Generator, specification: Specification, direct: Integers, items: Items, crowds: Crowds
) -> Commits:
    """Every commit on the default branch up to the horizon."""
    size = direct.size
    direct_author = crowds.draw(random, size, specification.steward_share, exponent=1.0, keep=0.1)
    direct_author = np.where(random.random(size) < specification.proxy_share, PROXY, direct_author)
    landed = np.where(items.lands)[0]
    landed = landed[np.argsort(items.closed[landed], kind="stable")]
    exported = items.exported[landed]
    inside = crowds.draw(random, landed.size, 1.0, exponent=0.8, keep=0.1)
    inside = np.where(random.random(landed.size) < 0.35, PROXY, inside)
    landed_author = np.where(exported, inside, items.author[landed])
    if specification.landing == "copybara":
        style = np.where(items.flagged[landed], Style.MERGE, Style.IMPORT)
        style = np.where(exported, Style.EXPORT, style)
    else:
        style = np.full(landed.size, Style.SQUASH if specification.landing == "squash" else Style.MERGE)
    visible = np.concatenate([direct, items.closed[landed]])
    author = np.concatenate([direct_author, landed_author])
    item = np.concatenate([np.full(size, -1, dtype=np.int64), landed])
    styles = np.concatenate([np.full(size, Style.DIRECT, dtype=np.int64), style.astype(np.int64)])
    order = np.argsort(visible, kind="stable")
    # A merge is two commits: the branch's own, then the merge.
    repeat = 1 + (styles[order] == Style.MERGE).astype(np.int64)
    place = np.repeat(order, repeat)
    visible, author, item, styles = visible[place], author[place], item[place], styles[place]
    opening = np.concatenate([[True], place[1:] != place[:-1]]) if place.size else np.empty(0, dtype=np.bool_)
    styles = np.where((styles == Style.MERGE) & opening, Style.BRANCH, styles)
    count = visible.size
    lag = np.where(
        item >= 0,
        lognormal(random, 1.0 * DAY, 1.5, count),
        np.where(random.random(count) < 0.5, 0.0, 2.0 * HOUR),
    )
    floor = (
        np.where(item >= 0, items.created[item] - 2 * DAY, 0)
        if items.count
        else np.zeros(count, dtype=np.int64)
    )
    authored = np.maximum(visible - lag.astype(np.int64), floor)
    authored = np.where(styles == Style.MERGE, visible, authored)
    wrong = random.random(count)  # clocks that were never set, and clocks far ahead
    authored = np.where(wrong < 0.0002, 86_400, np.where(wrong > 0.9999, 3_640_000_000, authored))
    committed = visible - np.where(styles == Style.BRANCH, random.integers(1, 30, count), 0)
    shared = (item >= 0) & (random.random(count) < 0.05) & (styles != Style.MERGE)
    partner = crowds.draw(random, count, 0.4, exponent=0.9, keep=0.2) if count else author
    return Commits(
        visible,
        committed,
        authored,
        author,
        item,
        styles,
        np.where(shared & (partner != author), partner, -1),
    )
