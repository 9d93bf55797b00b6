"""What a repository shows at one moment: which items, in which state, with how much said about them."""

from functools import cached_property

import numpy as np

from collector.simulator.activity import Booleans, Reason
from collector.simulator.clock import NEVER
from collector.simulator.curves import Integers
from collector.simulator.recorded import LABELLED_WITHIN
from collector.simulator.repository import Repository

_ROOM = 10_000_000


def _shown_per_item(item: Integers, when: Integers, now: int, count: int) -> tuple[Integers, Integers]:
    """Where each item's entries start, and how many of them are there by now (they rise in time)."""
    start = np.searchsorted(item, np.arange(count + 1)).astype(np.int64)
    return start, np.bincount(item[when <= now], minlength=count)[:count].astype(np.int64)


class Snapshot:
    """A repository at a moment."""

    def __init__(self, repository: Repository, now: int) -> None:
        self.repository = repository
        self.now = now
        items = repository.items
        self.shown = int(np.searchsorted(items.created, now, side="right"))
        """How many issues and pull requests there are; they are the first ones."""
        self.comment_start, self.comment_count = _shown_per_item(
            repository.comments.item, repository.comments.created, now, items.count
        )
        self.review_start, self.review_count = _shown_per_item(
            repository.reviews.item, repository.reviews.submitted, now, items.count
        )
        self._selections: dict[tuple[object, ...], Integers] = {}

    @property
    def kilobytes(self) -> int:
        """The size of its git repository."""
        return self.commits_shown * 6

    @property
    def commits_shown(self) -> int:
        """How many commits the default branch has; they are the first ones."""
        return int(np.searchsorted(self.repository.commits.visible, self.now, side="right"))

    @cached_property
    def closed_at(self) -> Integers:
        """When each shown item was closed as things stand, or NEVER."""
        items, now, shown = self.repository.items, self.now, self.shown
        half = (items.shut[:shown] <= now) & (items.reopened[:shown] > now)
        lasting = np.where(items.closed[:shown] <= now, items.closed[:shown], NEVER)
        found = np.where(half, items.shut[:shown], lasting)
        for place, fated in self.repository.altered.fates.items():
            # Turning an issue into a discussion closes it.
            if place < shown:
                found[place] = min(int(found[place]), fated.when)
        return found

    @cached_property
    def there(self) -> Booleans:
        """Whether each shown item is still there: not deleted, and not transferred elsewhere."""
        found = np.ones(self.shown, dtype=np.bool_)
        found[[place for place in self.repository.altered.gone if place < self.shown]] = False
        return found

    def has(self, place: int) -> bool:
        """Whether an item is there now."""
        return 0 <= place < self.shown and bool(self.there[place])

    @cached_property
    def updated_at(self) -> Integers:
        """When each shown item last changed."""
        repository, now, shown = self.repository, self.now, self.shown
        items, comments, reviews = repository.items, repository.comments, repository.reviews
        latest = np.minimum(items.created + LABELLED_WITHIN, now)
        for when in (items.shut, items.reopened, items.closed):
            latest = np.where(when <= now, np.maximum(latest, when), latest)
        for place, when in (
            (comments.item, comments.created),
            (comments.item, comments.edited),
            (reviews.item, reviews.submitted),
            (repository.claims.place, repository.claims.when),
        ):
            past = when <= now
            np.maximum.at(latest, place[past], when[past])
        altered = repository.altered
        for touched in (altered.touched, {place: fated.when for place, fated in altered.fates.items()}):
            for each, moment in touched.items():
                latest[each] = max(int(latest[each]), moment)
        return latest[:shown]

    @cached_property
    def merged(self) -> Booleans:
        """Whether the API calls each shown item merged."""
        items = self.repository.items
        return items.flagged[: self.shown] & (items.closed[: self.shown] <= self.now)

    def select(
        self,
        kind: str = "all",
        states: frozenset[str] = frozenset(),
        order: str = "created",
        descending: bool = False,
        since: int = 0,
        labels: int = 0,
        author: int | None = None,
    ) -> Integers:
        """The places of items in an order: of `kind` all, issue or pull, in any of `states` (none: in all).

        States are OPEN, CLOSED and MERGED, and MERGED_TOO with CLOSED for both; `order` is created, updated
        or comments; `since` bounds the last change, `labels` are bits that must all be set.
        """
        key = (kind, states, order, descending, since, labels, author)
        found = self._selections.get(key)
        if found is None:
            found = self._selected(kind, states, order, descending, since, labels, author)
            if len(self._selections) > 40:
                self._selections.clear()
            self._selections[key] = found
        return found

    def _selected(
        self,
        kind: str,
        states: frozenset[str],
        order: str,
        descending: bool,
        since: int,
        labels: int,
        author: int | None,
    ) -> Integers:
        items, shown = self.repository.items, self.shown
        keep = self.there.copy()
        if kind != "all":
            keep &= items.is_pull[:shown] == (kind == "pull")
        if states:
            wanted = np.zeros(shown, dtype=np.bool_)
            shut = self.closed_at < NEVER
            if "OPEN" in states:
                wanted |= ~shut
            if "MERGED" in states:
                wanted |= self.merged
            if "CLOSED" in states:
                # REST has no merged state, GraphQL tells them apart only for pull requests.
                wanted |= shut if "MERGED_TOO" in states else shut & ~self.merged
            keep &= wanted
        if since:
            keep &= self.updated_at >= since
        if labels:
            keep &= (items.labels[:shown] & labels) == labels
        if author is not None:
            keep &= items.author[:shown] == author
        places: Integers = np.where(keep)[0].astype(np.int64)
        if order == "updated":
            places = places[np.lexsort((places, self.updated_at[places]))]
        elif order == "comments":
            places = places[np.lexsort((places, self.comment_count[places]))]
        return places[::-1] if descending else places

    def keys(self, places: Integers, order: str) -> Integers:
        """The sort key of each place in an order: unique, and rising as `select` sorts."""
        if order == "updated":
            return self.updated_at[places] * _ROOM + places
        if order == "comments":
            return self.comment_count[places] * _ROOM + places
        return places

    @staticmethod
    def after(keys: Integers, key: int, descending: bool) -> int:
        """Where in a sorted list of keys the first one past `key` is."""
        if descending:
            return int(keys.size - np.searchsorted(keys[::-1], key, side="left"))
        return int(np.searchsorted(keys, key, side="right"))

    @cached_property
    def open_items(self) -> int:
        """Open issues and pull requests together, as GitHub counts a repository's open issues."""
        return int(((self.closed_at == NEVER) & self.there).sum())

    def locked(self, place: int) -> bool:
        """Whether nobody may comment any more, as on an issue that was turned into a discussion."""
        return place in self.repository.altered.fates

    def state(self, place: int) -> str:
        """OPEN, CLOSED or MERGED."""
        if self.closed_at[place] == NEVER:
            return "OPEN"
        return "MERGED" if self.merged[place] else "CLOSED"

    def state_reason(self, place: int) -> str | None:
        """COMPLETED, NOT_PLANNED, DUPLICATE or REOPENED, None for an issue that was never closed."""
        items = self.repository.items
        if self.closed_at[place] == NEVER:
            return "REOPENED" if items.reopened[place] <= self.now else None
        return Reason(int(items.reason[place])).name

    @cached_property
    def stars(self) -> int:
        """Stars up to now."""
        return self.repository.stars_at(self.now)

    @property
    def star_days(self) -> tuple[int, Integers]:
        """The first day (since 1970) and the stars of each day up to and including today."""
        return self.repository.star_days(self.now)

    @cached_property
    def forks(self) -> int:
        """Forks up to now."""
        return self.repository.forks_at(self.now)

    @property
    def watchers(self) -> int:
        """Accounts that watch the repository."""
        return max(1, round(self.stars * 0.041))

    @cached_property
    def pushed_at(self) -> int:
        """When the default branch last moved."""
        return self.repository.pushed_at(self.now)

    @cached_property
    def comments_by_created(self) -> Integers:
        """The places of shown comments in order of time."""
        repository = self.repository
        order = repository.comments_in_time
        shown = int(np.searchsorted(repository.comments.created[order], self.now, side="right"))
        found = order[:shown]
        if repository.altered.gone:
            found = found[self.there[repository.comments.item[found]]]
        return found

    @cached_property
    def comment_updated(self) -> Integers:
        """When each comment last changed, alongside all comments, for those shown."""
        comments = self.repository.comments
        return np.where(comments.edited <= self.now, comments.edited, comments.created)

    @cached_property
    def comments_by_updated(self) -> Integers:
        """The places of shown comments in order of their last change."""
        places = self.comments_by_created
        return places[np.argsort(self.comment_updated[places], kind="stable")]

    @cached_property
    def reviews_by_time(self) -> Integers:
        """The places of shown reviews in order of time."""
        repository = self.repository
        order = repository.reviews_in_time
        shown = int(np.searchsorted(repository.reviews.submitted[order], self.now, side="right"))
        return order[:shown]

    @cached_property
    def contributing_since(self) -> dict[int, int]:
        """From which commit on each person counts as a contributor: author to second."""
        commits, shown = self.repository.commits, self.commits_shown
        authors, opening = np.unique(commits.author[:shown], return_index=True)
        return dict(zip(authors.tolist(), commits.visible[opening].tolist(), strict=True))

    def association(self, author: int) -> str:
        """What an author is to the repository now."""
        repository = self.repository
        population = repository.population
        if author == repository.owner_index:
            return "OWNER"
        if repository.owner_index is None and author < population.stewards:
            return "MEMBER"
        return "CONTRIBUTOR" if author in self.contributing_since else "NONE"
