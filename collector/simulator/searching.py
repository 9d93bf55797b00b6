"""Search: GitHub's qualifiers read from a query, and the repositories, issues or files that match it."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from collector.simulator import labels
from collector.simulator.clock import DAY, from_iso
from collector.simulator.community import Community
from collector.simulator.http import ApiError
from collector.simulator.manifests import LARGEST, SEARCHABLE, Manifest, manifest_of
from collector.simulator.repository import Repository
from collector.simulator.snapshot import Snapshot

CAP = 1_000
"""The most results a search ever gives; its count may be higher."""

_KNOWN = frozenset(
    [
        "topic",
        "created",
        "pushed",
        "stars",
        "forks",
        "language",
        "repo",
        "is",
        "type",
        "state",
        "label",
        "author",
        "user",
        "org",
        "archived",
        "fork",
        "license",
        "in",
        "updated",
        "closed",
        "merged",
        "sort",
        "comments",
        "size",
        "filename",
        "path",
        "extension",
    ]
)


@dataclass(frozen=True)
class Query:
    """A search query taken apart."""

    words: tuple[str, ...]
    qualifiers: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """What a qualifier was given, once each time it was."""
        return [value for key, value in self.qualifiers if key == name]


def parse(text: str) -> Query:
    """Takes a query apart. Raises ApiError 422 for quotation marks without their pair."""
    try:
        parts = shlex.split(text)
    except ValueError as problem:
        raise ApiError(
            422, "Validation Failed", errors=[{"message": str(problem), "field": "q"}]
        ) from problem
    words: list[str] = []
    qualifiers: list[tuple[str, str]] = []
    for part in parts:
        name, separator, value = part.partition(":")
        if separator and name in _KNOWN:
            qualifiers.append((name, value))
        else:
            words.append(part.lower())
    return Query(tuple(words), tuple(qualifiers))


def _day_or_second(text: str, end_of_day: bool) -> int:
    second = from_iso(text)
    return second + DAY - 1 if end_of_day and len(text) == 10 else second


def _bounds(text: str, moment: bool) -> tuple[int, int]:
    """The lowest and highest value a range such as >=5, 10..20 or 2018-01-01..* allows."""
    low, high = 0, 2**60

    def value(part: str, upper: bool) -> int:
        return _day_or_second(part, upper) if moment else int(part)

    try:
        if ".." in text:
            left, _, right = text.partition("..")
            low = low if left in ("*", "") else value(left, False)
            high = high if right in ("*", "") else value(right, True)
        elif text.startswith(">="):
            low = value(text[2:], False)
        elif text.startswith("<="):
            high = value(text[2:], True)
        elif text.startswith(">"):
            low = value(text[1:], True) + 1
        elif text.startswith("<"):
            high = value(text[1:], False) - 1
        else:
            low, high = value(text, False), value(text, True)
    except ValueError as problem:
        raise ApiError(
            422, "Validation Failed", errors=[{"message": f"Invalid range: {text}", "field": "q"}]
        ) from problem
    return low, high


Check = Callable[[Repository], bool]


def _within(read: Callable[[Repository], int], text: str, moment: bool) -> Check:
    low, high = _bounds(text, moment)
    return lambda each: low <= read(each) <= high


PLACES = ("name", "description", "topics")
"""Where a word is looked for unless `in:` says otherwise."""


def _speaks_of(word: str, places: set[str]) -> Check:
    """A repository speaks of a word; what it writes about itself is all that its readme says."""
    reads: list[Callable[[Repository], str]] = []
    if places & {"name", "readme"}:
        reads.append(lambda each: each.name)
    if places & {"description", "readme"}:
        reads.append(lambda each: each.specification.description)
    if "topics" in places:
        reads.append(lambda each: " ".join(each.specification.topics))
    return lambda each: any(word in read(each).lower() for read in reads)


def _repository_checks(query: Query, community: Community) -> list[Check]:
    """Tests on a repository, the cheap ones first."""

    def same(name: str, read: Callable[[Repository], str]) -> list[Check]:
        def check(value: str) -> Check:
            wanted = value.lower()
            return lambda each: read(each).lower() == wanted

        return [check(value) for value in query.values(name)]

    def has_topic(topic: str) -> Check:
        return lambda each: topic.lower() in each.specification.topics

    now = community.clock
    checks = [_within(lambda each: each.created, text, True) for text in query.values("created")]
    checks += [has_topic(topic) for topic in query.values("topic")]
    checks += same("language", lambda each: each.specification.language)
    checks += same("archived", lambda each: str(each.specification.archived))
    checks += same("license", lambda each: each.specification.license or "none")
    checks += same("user", lambda each: each.owner) + same("org", lambda each: each.owner)
    checks += same("repo", lambda each: each.full_name)
    places = {part for text in query.values("in") for part in text.split(",")} or set(PLACES)
    checks += [_speaks_of(word, places) for word in query.words]
    if "only" in query.values("fork"):
        checks.append(lambda _: False)
    checks += [_within(lambda each: each.stars_at(now()), text, False) for text in query.values("stars")]
    checks += [_within(lambda each: each.forks_at(now()), text, False) for text in query.values("forks")]
    for name in ("pushed", "updated"):
        checks += [_within(lambda each: each.pushed_at(now()), text, True) for text in query.values(name)]
    checks += [
        _within(lambda each: community.snapshot(each).kilobytes, text, False) for text in query.values("size")
    ]
    return checks


def search_repositories(
    community: Community, text: str, order: str = "", descending: bool = True
) -> list[Repository]:
    """Every repository that matches, most stars first unless asked for `forks` or `updated`."""
    found = community.present_repositories()
    for check in _repository_checks(parse(text), community):
        found = [each for each in found if check(each)]
    now = community.clock()
    keys: dict[str, Callable[[Repository], int]] = {
        "forks": lambda each: each.forks_at(now),
        "updated": lambda each: each.pushed_at(now),
    }

    def by_stars(repository: Repository) -> int:
        return repository.stars_at(now)

    read = keys.get(order, by_stars)
    return sorted(found, key=lambda each: (read(each), -each.identity), reverse=descending)


def search_code(community: Community, text: str) -> list[tuple[Repository, Manifest]]:
    """Every file that matches: in use cases that were pushed to within a year, none larger than 384 kB.

    Raises ApiError 422 for a query without a word to look for.
    """
    query = parse(text)
    if not query.words:
        raise ApiError(422, "Validation Failed", errors=[{"message": "search text is missing", "field": "q"}])
    names = {name.lower() for name in query.values("filename")}
    endings = tuple(f".{each.lower()}" for each in query.values("extension"))
    sizes = [_bounds(each, False) for each in query.values("size")]
    since = community.clock() - SEARCHABLE
    found: list[tuple[Repository, Manifest]] = []
    for repository in community.present_repositories():
        manifest = manifest_of(repository)
        if manifest is None or manifest.size > LARGEST or (names and manifest.path not in names):
            continue
        if endings and not manifest.path.endswith(endings):
            continue
        if not all(low <= manifest.size <= high for low, high in sizes):
            continue
        if all(word in manifest.text.lower() for word in query.words) and (
            repository.pushed_at(community.clock()) >= since
        ):
            found.append((repository, manifest))
    return found


def search_issues(community: Community, text: str) -> list[tuple[Snapshot, int]]:
    """Every issue or pull request that matches, newest first.

    Only the repositories the query names are searched, or all named ones when it names none.
    """
    query = parse(text)
    names = query.values("repo")
    repositories = [community.repository(name) for name in names] if names else community.repositories[:2]
    found: list[tuple[Snapshot, int]] = []
    for repository in repositories:
        if repository is not None:
            snapshot = community.snapshot(repository)
            found += [(snapshot, place) for place in _items(community, snapshot, query)]
    found.sort(key=lambda pair: -int(pair[0].repository.items.created[pair[1]]))
    return found


def _items(community: Community, snapshot: Snapshot, query: Query) -> list[int]:
    items = snapshot.repository.items
    wanted = {*query.values("is"), *query.values("type"), *query.values("state")}
    kind = "issue" if "issue" in wanted else "pull" if wanted & {"pr", "pull-request"} else "all"
    states = frozenset(word.upper() for word in wanted & {"open", "closed", "merged"})
    if "CLOSED" in states:
        states |= {"MERGED_TOO"}
    bits = 0
    for name in query.values("label"):
        bits |= labels.BIT.get(name, 1 << 60)
    author = None
    for login in query.values("author"):
        person = community.person(login)
        author = -2 if person is None else person.index
    places = snapshot.select(kind, states, "created", True, 0, bits, author)
    for name, when in (
        ("created", items.created),
        ("updated", snapshot.updated_at),
        ("closed", snapshot.closed_at),
        ("merged", snapshot.closed_at),
    ):
        for text in query.values(name):
            low, high = _bounds(text, True)
            places = places[(when[places] >= low) & (when[places] <= high)]
    return [int(place) for place in places]
