"""One simulated repository: everything that ever happens in it, generated when first asked for."""

from dataclasses import dataclass
from functools import cached_property
from threading import RLock

import numpy as np

from collector.simulator.activity import Items, Schedule, build_items
from collector.simulator.alterations import Alterations
from collector.simulator.claims import Claims, build_claims
from collector.simulator.clock import DAY, NEVER, seconds
from collector.simulator.commits import Commits, Style, build_commits
from collector.simulator.conversation import Comments, Reviews, build_comments, build_reviews
from collector.simulator.crowds import Crowds
from collector.simulator.curves import Integers, daily_counts, moments
from collector.simulator.forks import Forks, build_forks
from collector.simulator.people import Population
from collector.simulator.recorded import Recorded, build_recorded
from collector.simulator.repositories import Specification
from collector.simulator.usecases import UseCases, spread_times
from collector.simulator.wording import mix

REACTIONS = {
    "THUMBS_UP": "+1",
    "THUMBS_DOWN": "-1",
    "LAUGH": "laugh",
    "HOORAY": "hooray",
    "CONFUSED": "confused",
    "HEART": "heart",
    "ROCKET": "rocket",
    "EYES": "eyes",
}
"""The kinds of reaction, by GraphQL's names, with REST's."""


@dataclass(frozen=True)
class Range:
    """The ids a repository hands out: from `start`, `size` of each kind."""

    start: int
    size: int


class Repository:
    """A repository and its whole history up to the horizon; a `Snapshot` shows what is there at a moment."""

    def __init__(
        self,
        specification: Specification,
        population: Population,
        *,
        seed: int,
        scale: float,
        end: int,
        ids: Range,
        use_cases: UseCases | None = None,
        place: int = -1,
    ) -> None:
        self.specification = specification
        self.population = population
        self.seed = seed
        self.scale = scale
        self.end = end
        self.ids = ids
        self.created = seconds(specification.created)
        self.owner_index: int | None = None
        self._use_cases = use_cases
        self._place = place
        if use_cases is not None:
            self.owner_index = int(use_cases.owner[place])
            self.created = int(use_cases.created[place])
        self.lock = RLock()
        self.altered = Alterations()

    @property
    def identity(self) -> int:
        """GitHub's number for the repository."""
        return self.specification.identity

    @property
    def full_name(self) -> str:
        """owner/name, as it is called now."""
        return f"{self.owner}/{self.name}"

    @property
    def owner(self) -> str:
        """The login of whom it belongs to now."""
        return self.altered.owner or self.specification.owner

    @property
    def name(self) -> str:
        """Its name now."""
        return self.altered.name or self.specification.name

    def _random(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.identity, purpose])

    def number_for(self, *what: int) -> int:
        """A well-stirred number that belongs to something in this repository."""
        return mix(self.seed, self.identity, *what)

    @cached_property
    def crowds(self) -> Crowds:
        """Who is busy here."""
        return Crowds(self.population, self.specification, self.seed, self.owner_index)

    @cached_property
    def schedule(self) -> Schedule:
        """When things happen here."""
        random = self._random(1)
        columns, place, spec = self._use_cases, self._place, self.specification
        if columns is not None:
            start, quiet = int(columns.created[place]), int(columns.quiet[place])
            return Schedule(
                spread_times(random, start, quiet + DAY * 300, int(columns.issues[place])),
                spread_times(random, start, quiet + DAY * 100, int(columns.pulls[place])),
                np.empty(0, dtype=np.int64),
                spread_times(random, start, quiet, int(columns.commits[place])),
            )
        return Schedule(
            moments(random, spec.issues, self.scale, self.end, floor=24),
            moments(random, spec.pulls, self.scale, self.end, floor=24),
            moments(random, spec.exported, self.scale, self.end, floor=8),
            moments(random, spec.direct, self.scale, self.end, floor=60),
        )

    @cached_property
    def items(self) -> Items:
        """Issues and pull requests."""
        with self.lock:
            return build_items(
                self._random(2), self.specification, self.schedule, self.population, self.crowds
            )

    @cached_property
    def comments(self) -> Comments:
        """Comments on them."""
        with self.lock:
            return build_comments(
                self._random(3), self.specification, self.items, self.population, self.crowds
            )

    @cached_property
    def reviews(self) -> Reviews:
        """Reviews of the pull requests."""
        with self.lock:
            return build_reviews(self._random(4), self.items, self.crowds)

    @cached_property
    def commits(self) -> Commits:
        """Commits on the default branch."""
        with self.lock:
            return build_commits(
                self._random(5), self.specification, self.schedule.direct, self.items, self.crowds
            )

    @cached_property
    def landing(self) -> Integers:
        """For each item the place of the commit that landed it, or -1."""
        result = np.full(self.items.count, -1, dtype=np.int64)
        landed = (self.commits.item >= 0) & (self.commits.style != Style.BRANCH)
        result[self.commits.item[landed]] = np.where(landed)[0]
        return result

    @cached_property
    def recorded(self) -> Recorded:
        """When something was recorded of which item."""
        with self.lock:
            assigned = {place: claim.assigned for place, claim in self.claims.of.items()}
            happened = {place: when for place, when in assigned.items() if when < NEVER}
            return build_recorded(self.items, self.seed, self.identity, happened)

    @cached_property
    def claims(self) -> Claims:
        """Who took up which issue for newcomers."""
        with self.lock:
            return build_claims(self.items, self.population, self.number_for(61))

    @cached_property
    def comment_ids(self) -> Integers:
        """Each comment's id, rising with time; they run alongside `comments`."""
        return self._ranked(self.comments.created)

    @cached_property
    def comments_in_time(self) -> Integers:
        """The places of comments in order of time: the comment with the n-th id is at the n-th place."""
        return np.argsort(self.comments.created, kind="stable")

    @cached_property
    def review_ids(self) -> Integers:
        """Each review's id, rising with time; they run alongside `reviews`."""
        return self._ranked(self.reviews.submitted)

    @cached_property
    def reviews_in_time(self) -> Integers:
        """The places of reviews in order of time."""
        return np.argsort(self.reviews.submitted, kind="stable")

    @cached_property
    def remark_start(self) -> Integers:
        """For each review, how many remarks on code come before its own in order of the reviews' time."""
        counts = self.reviews.remarks[self.reviews_in_time]
        before = np.concatenate([[0], np.cumsum(counts)])
        result = np.empty(counts.size + 1, dtype=np.int64)
        result[self.reviews_in_time] = before[:-1]
        result[counts.size] = before[-1]
        return result

    def _ranked(self, when: Integers) -> Integers:
        ids = np.empty(when.size, dtype=np.int64)
        ids[np.argsort(when, kind="stable")] = self.ids.start + 1 + np.arange(when.size)
        return ids

    @cached_property
    def _star_days(self) -> tuple[int, Integers]:
        """The first day (since 1970) of a named repository and the stars each day from it adds."""
        return daily_counts(self._random(6), self.specification.stars, self.scale, self.end)

    @cached_property
    def _star_sums(self) -> Integers:
        return np.concatenate([[0], np.cumsum(self._star_days[1])])

    @cached_property
    def _starred(self) -> Integers:
        """When each star of a use case is given; rising."""
        return self._fading(6, 1.0)

    def _fading(self, purpose: int, share: float) -> Integers:
        columns, place = self._use_cases, self._place
        if columns is None:
            raise ValueError(f"{self.full_name} is no use case.")
        finish = int(columns.quiet[place]) + 3 * 365 * DAY
        return spread_times(self._random(purpose), self.created, finish, int(columns.stars[place] * share))

    def stars_at(self, now: int) -> int:
        """Stars up to a moment; a named repository's arrive evenly through each day."""
        if self._use_cases is not None:
            return int(np.searchsorted(self._starred, now, side="right"))
        first, counts = self._star_days
        today = now // DAY - first
        if today < 0:
            return 0
        part = int(counts[today]) * (now % DAY) // DAY if today < counts.size else 0
        return int(self._star_sums[min(today, counts.size)]) + part

    def star_days(self, now: int) -> tuple[int, Integers]:
        """The first day (since 1970) and the stars of each day up to and including that of a moment."""
        if self._use_cases is not None:
            first = self.created // DAY
            times = self._starred[self._starred <= now]
            return first, np.bincount(times // DAY - first, minlength=now // DAY - first + 1).astype(np.int64)
        first, counts = self._star_days
        past = counts[: max(0, now // DAY - first + 1)].copy()
        if past.size == now // DAY - first + 1:
            past[-1] = int(past[-1]) * (now % DAY) // DAY
        return first, past

    @cached_property
    def forked(self) -> Integers:
        """When each fork was made; rising."""
        if self._use_cases is not None:
            return self._fading(7, 0.28)
        first, counts = daily_counts(self._random(7), self.specification.forks, self.scale, self.end)
        days = np.repeat(first + np.arange(counts.size), counts)
        times: Integers = np.sort(days * DAY + self._random(8).integers(0, DAY, days.size))
        return np.maximum(times, self.created + 60)

    @cached_property
    def forks(self) -> Forks:
        """The forks, with who made them."""
        with self.lock:
            return build_forks(self.forked, self.items, self.population, self.number_for(41))

    def issue_id(self, place: int) -> int:
        """The id of an issue, or of a pull request in its role as one."""
        return self.ids.start + int(self.items.number[place])

    def pull_id(self, place: int) -> int:
        """The id of a pull request."""
        return self.ids.start + self.ids.size // 2 + int(self.items.number[place])

    def reactions_by_kind(self, place: int) -> dict[str, int]:
        """The reactions to an issue or pull request by kind; they add up to its `reactions`."""
        found = dict.fromkeys(REACTIONS, 0)
        for turn in range(int(self.items.reactions[place])):
            # A thumb up is by far the commonest.
            lot = self.number_for(59, place, turn) % 100
            found["THUMBS_UP" if lot < 72 else tuple(REACTIONS)[lot % len(REACTIONS)]] += 1
        return found

    def place_of_number(self, number: int) -> int:
        """The place of an issue or pull request by its number, -1 when there is none."""
        place = int(np.searchsorted(self.items.number, number))
        if place < self.items.count and int(self.items.number[place]) == number:
            return place
        return -1

    def forks_at(self, now: int) -> int:
        """Forks up to a moment."""
        return int(np.searchsorted(self.forked, now, side="right"))

    def pushed_at(self, now: int) -> int:
        """When the default branch last moved, up to a moment; for a use case, but for merges."""
        if self._use_cases is not None:
            # Searches ask this of every use case, so it must not need who wrote what.
            direct = self.schedule.direct
            shown = int(np.searchsorted(direct, now, side="right"))
            return int(direct[shown - 1]) if shown else self.created
        shown = int(np.searchsorted(self.commits.visible, now, side="right"))
        return int(self.commits.visible[shown - 1]) if shown else self.created

    def forget(self) -> None:
        """Lets go of what has been generated; it comes out the same when asked for again."""
        with self.lock:
            for name, member in vars(type(self)).items():
                if isinstance(member, cached_property):
                    self.__dict__.pop(name, None)

    def events(self) -> Integers:
        """The seconds at which something visible changes here, rising."""
        parts = [
            self.items.created,
            self.items.shut,
            self.items.reopened,
            self.items.closed,
            self.comments.created,
            self.comments.edited,
            self.reviews.submitted,
            self.commits.visible,
            self.claims.when,
        ]
        every = np.concatenate(parts)
        return np.unique(every[every < NEVER])
