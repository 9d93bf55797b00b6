"""What is said about issues and pull requests: comments, reviews and remarks on lines of code."""

from dataclasses import dataclass

import numpy as np

from collector.simulator.activity import Booleans, Items, lognormal
from collector.simulator.clock import DAY, HOUR, MINUTE, NEVER
from collector.simulator.crowds import Crowds
from collector.simulator.curves import Floats, Integers, by_year
from collector.simulator.people import Population
from collector.simulator.repositories import Specification

FIRST_ANSWER_HOURS = {
    2015: 6,
    2016: 14,
    2017: 30,
    2018: 40,
    2019: 26,
    2020: 20,
    2021: 12,
    2022: 14,
    2023: 20,
    2024: 40,
    2025: 60,
    2026: 70,
}
"""Median hours until a person answers an issue, by year of the issue."""

BUTLER_FROM = 1_506_816_000  # 2017-10-01
APP_FROM = 1_572_566_400  # 2019-11-01

COMMENTED, APPROVED, CHANGES_REQUESTED, DISMISSED = range(4)
REVIEW_STATES = ("COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED")


@dataclass(frozen=True)
class Comments:
    """Comments on issues and pull requests, grouped by item and rising in time within each."""

    item: Integers
    author: Integers
    created: Integers
    edited: Integers
    """When the text was changed, or NEVER."""


@dataclass(frozen=True)
class Reviews:
    """Reviews of pull requests, grouped by item and rising in time within each."""

    item: Integers
    author: Integers
    submitted: Integers
    state: Integers
    remarks: Integers
    """How many remarks on lines of code the review holds; each is submitted with it."""


def _running(item: Integers, gaps: Floats) -> Floats:
    """The sums of gaps within each item."""
    total = np.cumsum(gaps)
    first = np.concatenate([[True], item[1:] != item[:-1]]) if item.size else np.empty(0, dtype=np.bool_)
    opening = np.where(first)[0]
    before = (total - gaps)[opening]
    lengths = np.diff(np.concatenate([opening, [item.size]]))
    return total - np.repeat(before, lengths)


def _first_of_each(item: Integers) -> Booleans:
    if item.size == 0:
        return np.empty(0, dtype=np.bool_)
    return np.asarray(np.concatenate([[True], item[1:] != item[:-1]]), dtype=np.bool_)


def _speakers(
    random: np.random.Generator, crowds: Crowds, items: Items, item: Integers, when: Integers, first: Booleans
) -> Integers:
    """Who speaks: first mostly an insider, then author, insiders and passers-by in turn."""
    order = np.argsort(when, kind="stable")
    lot = random.random(item.size)
    by_author = np.where(first, lot < 0.14, lot < 0.38)
    others = np.empty(item.size, dtype=np.int64)
    drawn = crowds.draw(
        random, item.size, np.where(first, 0.72, 0.55)[order], exponent=0.75, keep=0.7, keep_inside=0.8
    )
    others[order] = drawn
    return np.where(by_author, items.author[item], others)


def build_comments(
    random: np.random.Generator,
    specification: Specification,
    items: Items,
    population: Population,
    crowds: Crowds,
) -> Comments:
    """Everything said under a repository's issues and pull requests."""
    count = items.count
    talk = 1 + lognormal(random, np.where(items.is_pull, 3.4, 5.2), 0.92, count).astype(np.int64)
    talk = np.where(items.answered, np.minimum(talk, 540), 0)
    talk = np.where(items.exported, (random.random(count) < 0.06).astype(np.int64), talk)
    item = np.repeat(np.arange(count, dtype=np.int64), talk)
    first = _first_of_each(item)
    wait = by_year(FIRST_ANSWER_HOURS, items.created)[item] * HOUR
    gaps = np.where(
        first, lognormal(random, wait, 1.7, item.size), lognormal(random, 1.1 * DAY, 2.0, item.size)
    )
    since = _running(item, np.maximum(gaps, 40.0))
    # Most talk is over when the matter is closed.
    life = (np.minimum(items.closed, items.created + 400 * DAY) - items.created)[item]
    fits = (since < life) | (random.random(item.size) < 0.15) | first
    since = np.where(fits, since, life * np.sort(random.random(item.size)))
    when = items.created[item] + np.maximum(since, 40.0).astype(np.int64)
    author = _speakers(random, crowds, items, item, when, first)
    bot_item, bot_author, bot_when = _bots(random, specification, items, population)
    item, author, when = (
        np.concatenate([item, bot_item]),
        np.concatenate([author, bot_author]),
        np.concatenate([when, bot_when]),
    )
    order = np.lexsort((when, item))
    item, author, when = item[order], author[order], when[order]
    edited = np.where(
        random.random(item.size) < 0.04, when + random.integers(MINUTE, 2 * DAY, item.size), NEVER
    )
    return Comments(item, author, when, edited)


def _bots(
    random: np.random.Generator, specification: Specification, items: Items, population: Population
) -> tuple[Integers, Integers, Integers]:
    """What bots say within seconds of an item's opening, and when they close it as stale."""
    places: list[Integers] = []
    speakers: list[Integers] = []
    times: list[Integers] = []

    def say(chosen: Booleans, login: str, when: Integers) -> None:
        place = np.where(chosen)[0]
        places.append(place)
        speakers.append(np.full(place.size, population.bot(login), dtype=np.int64))
        times.append(when[place])

    if specification.steward_share > 0.3 and specification.reviewed:
        lot = random.random(items.count)
        soon = items.created + random.integers(3, 50, items.count)
        early = items.created < APP_FROM
        people = ~items.exported
        say(items.is_pull & people & early & (lot < 0.7), "googlebot", soon)
        say(items.is_pull & people & ~early & (lot < 0.5), "google-cla", soon)
        butler = ~items.is_pull & early & (items.created > BUTLER_FROM)
        say(butler & (lot < 0.45), "tensorflowbutler", soon + random.integers(0, 6 * HOUR, items.count))
        stale = items.closer == population.bot("google-ml-butler")
        say(stale & (items.closed < NEVER), "google-ml-butler", items.closed)
    if not places:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, nothing
    return np.concatenate(places), np.concatenate(speakers), np.concatenate(times)


def build_reviews(random: np.random.Generator, items: Items, crowds: Crowds) -> Reviews:
    """The reviews of a repository's pull requests; changes the company exports are reviewed inside it."""
    count = items.count
    number = np.where(items.is_pull & ~items.exported, random.geometric(0.42, count), 0)
    number = np.where(items.lands, number, np.where(random.random(count) < 0.45, 0, number))
    item = np.repeat(np.arange(count, dtype=np.int64), number)
    first = _first_of_each(item)
    gaps = np.where(
        first, lognormal(random, 20.0 * HOUR, 1.7, item.size), lognormal(random, 20.0 * HOUR, 1.5, item.size)
    )
    since = np.maximum(_running(item, gaps), 90.0)
    life = (np.minimum(items.closed, items.created + 300 * DAY) - items.created)[item] * 0.97
    since = np.minimum(since, life)
    when = items.created[item] + since.astype(np.int64)
    order = np.argsort(when, kind="stable")
    author = np.empty(item.size, dtype=np.int64)
    author[order] = crowds.draw(random, item.size, 0.84, exponent=1.0, keep=0.06, keep_inside=0.5)
    own = author == items.author[item]
    last = np.concatenate([first[1:], [True]]) if item.size else first
    lot = random.random(item.size)
    state = np.where(lot < 0.62, COMMENTED, np.where(lot < 0.80, CHANGES_REQUESTED, APPROVED))
    state = np.where(last & items.lands[item], APPROVED, state)
    state = np.where(lot > 0.99, DISMISSED, state)
    state = np.where(own, COMMENTED, state)  # nobody may approve their own change
    remarks = np.where(
        state == APPROVED, random.geometric(0.75, item.size) - 1, random.geometric(0.4, item.size)
    )
    return Reviews(item, author, when, state, remarks)
