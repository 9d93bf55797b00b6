"""The job that turns a clone's history into rows, from where the last run came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from collector.errors import CollectorError
from collector.git import clones, history, sizes
from collector.git.dates import CommitDates, written_instant
from collector.git.program import ContentsAbsent, GitDirectory, failure, streaming, told
from collector.git.rows import RowMaker
from collector.jobs import Cursor, Page, Rejection, Source
from db.schema import table

#: Commits of a page: as many as make the transaction's own cost small, in some 40 MB of memory.
PAGE = 16_000
#: From so many commits that are no longer reachable, all are removed and read anew.
MANY = 10_000
#: Where rows of commits stand, and what besides the hash tells them apart there.
HELD_IN: dict[str, tuple[str, dict[str, str]]] = {
    "commits": ("sha", {}),
    "commit_coauthors": ("sha", {}),
    "paper_mentions": ("reference", {"place": "commit"}),
}

Removals = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Leg:
    """A part of the way: everything reachable from `target` and not from `base`, newest first.

    `done` commits of it are held already, `last` being the last of them; `removals` go with its
    first page.
    """

    target: str
    base: str | None = None
    done: int = 0
    last: str | None = None
    removals: Removals = field(default_factory=dict)

    @property
    def walk(self) -> list[str]:
        """As `git log` takes it."""
        return [self.target, "--not", self.base] if self.base else [self.target]


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of commits of the default branch, each with the people and papers that they name.

    The whole history is read whatever `source.since` says: who is new can only be told from
    all of it, and it is read once. The cursor holds `head` (what is reachable from it is
    held), during a leg also `target`, `done` and `last`, and `mailmap` and `boundary`: when the
    mailmap or the depth of a shallow clone changed, everything is read anew.
    Raises `CollectorError` when the clone cannot be made, fetched or read.
    """
    address, repository_id = source.target.clone_url, source.target.repository_id
    if address is None or repository_id is None:
        raise CollectorError(
            "has no clone to read",
            to=source.target.name,
            next_step="Give a path or URL with --git, or run flowmeter collect repositories first",
            retry=False,
        )
    with clones.opened(address, source.target.name) as repository:
        head = clones.head(repository)
        if head is None:
            yield _of_an_empty_repository(repository, cursor, _counted(source))
            return
        held = dict(cursor)
        while leg := _next_leg(repository, repository_id, held, head):
            for page in _pages(source, repository, repository_id, leg):
                held = dict(page.cursor)
                yield page


def _counted(source: Source) -> int | None:
    """How many commits GitHub counts in the repository; None when that is not known."""
    if source.held is None:
        return None
    repositories = table("repositories")
    chosen = repositories.c.repository_id == source.target.repository_id
    with source.held() as connection:
        return connection.execute(select(repositories.c.commits_total).where(chosen)).scalar_one_or_none()


def _of_an_empty_repository(repository: GitDirectory, cursor: Cursor, counted: int | None) -> Page:
    if cursor.get("head") or cursor.get("target"):
        raise CollectorError(
            "has no commits any more, and had some at the last run",
            to=repository.shown,
            next_step="Check that it is the right repository; what was collected is kept",
            retry=False,
        )
    if counted:
        # An answer without content reads as an empty repository, and must not pass for one.
        raise CollectorError(
            f"answered that it is empty, and GitHub counts {counted:,} commits in it",
            to=repository.shown,
            next_step="Nothing to do: the next run asks again",
        )
    return Page({}, {})


def _next_leg(repository: GitDirectory, repository_id: int, cursor: Cursor, head: str) -> Leg | None:
    """What to read next; None when everything is held."""
    base, target, done = cursor.get("head"), cursor.get("target"), int(cursor.get("done") or 0)
    if base is None and target is None:
        return Leg(head)
    everything = _removal_of_everything(repository_id)
    if cursor.get("boundary") != clones.digest(clones.boundary(repository)):
        return Leg(head, removals=everything)
    if any(point is not None and not _has(repository, point) for point in (base, target)):
        # git has thrown away what the history was before it was rewritten: nothing to compare with.
        return Leg(head, removals=everything)
    if target is not None:
        return Leg(target, base, done, cursor.get("last"))
    if cursor.get("mailmap") != _mailmap(repository, head):
        # The commits are the same, and are written over; co-authors would be held twice.
        return Leg(head, removals={"commit_coauthors": everything["commit_coauthors"]})
    if base == head:
        return None
    gone = _no_longer_reachable(repository, str(base), head)
    if len(gone) > MANY:
        return Leg(head, removals=everything)
    return Leg(head, base, removals=_removal_of(repository_id, gone))


def _pages(source: Source, repository: GitDirectory, repository_id: int, leg: Leg) -> Iterator[Page]:
    """The pages of a leg, by the best question about sizes that the clone can answer."""
    for question in sizes.QUESTIONS:
        try:
            for page in _read(source, repository, repository_id, leg, question):
                yield page
                cursor = page.cursor
                leg = replace(leg, done=cursor.get("done", 0), last=cursor.get("last"), removals={})
            return
        except ContentsAbsent as absent:
            if question == sizes.QUESTIONS[-1]:
                raise failure(str(absent), repository.shown) from absent


def _read(
    source: Source, repository: GitDirectory, repository_id: int, leg: Leg, question: str
) -> Iterator[Page]:
    boundary, mailmap = clones.boundary(repository), f"{leg.target}:.mailmap"
    state = {"mailmap": _mailmap(repository, leg.target), "boundary": clones.digest(boundary)}
    maker, done = _ready(source, repository, repository_id, leg, mailmap)
    removals, rejections = leg.removals, _shallow(repository, boundary) if not leg.done else ()
    for commits in sizes.pages(repository, leg.walk, question, mailmap=mailmap, skip=done, length=PAGE):
        rows = maker.rows(commits)
        written = rows.get("commits", ())
        if len(written) < PAGE:
            yield Page(rows, {"head": leg.target} | state, removals, rejections)
            return
        done += len(written)
        cursor = {"head": leg.base, "target": leg.target, "done": done, "last": written[-1]["sha"]}
        yield Page(rows, cursor | state, removals, rejections)
        removals, rejections = {}, ()


def _ready(
    source: Source, repository: GitDirectory, repository_id: int, leg: Leg, mailmap: str
) -> tuple[RowMaker, int]:
    """What makes rows, with all that it knows after the commits that are held, and how many those are.

    The way is gone over again without sizes, for the dates and names that the rest builds
    on. When it is not the way that it was, it begins anew, over what is held.
    """
    dates = CommitDates(source.now, lambda: _newest_sound_date(repository, leg.target, dates))
    maker = RowMaker(repository_id, dates, clones.boundary(repository))
    if not leg.done:
        return maker, 0
    passed, last = 0, None
    count = (f"--max-count={leg.done}",)
    for commit in history.read(repository, leg.walk, "unsized", mailmap=mailmap, count=count):
        maker.pass_over(commit)
        passed, last = passed + 1, commit.sha
    if passed == leg.done and last == leg.last:
        return maker, passed
    return _ready(source, repository, repository_id, replace(leg, done=0), mailmap)


def _newest_sound_date(repository: GitDirectory, commit: str, dates: CommitDates) -> int | None:
    """The first date that can be, down the first parents of a commit; None when there is none."""
    with streaming(["log", "--first-parent", "--format=%ct", commit, "--"], repository) as chunks:
        rest = b""
        for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                seconds = written_instant(line)
                if dates.sound(seconds):
                    return seconds
    return None


def _no_longer_reachable(repository: GitDirectory, old: str, new: str) -> set[str]:
    """The commits that were reachable from the old head and are not from the new one.

    When clocks were wrong, git may list some that are reachable still; before
    anything is removed, all that is reachable is asked for.
    """
    gone = set((told(["rev-list", old, "--not", new, "--"], repository) or "").split())
    if gone:
        with streaming(["rev-list", new, "--"], repository) as chunks:
            rest = b""
            for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                gone.difference_update(map(bytes.decode, lines))
    return gone


def _removal_of(repository_id: int, commits: set[str]) -> Removals:
    if not commits:
        return {}
    return {
        table: [{"repository_id": repository_id, hash_column: sha} | besides for sha in sorted(commits)]
        for table, (hash_column, besides) in HELD_IN.items()
    }


def _removal_of_everything(repository_id: int) -> Removals:
    return {table: [{"repository_id": repository_id} | besides] for table, (_, besides) in HELD_IN.items()}


def _shallow(repository: GitDirectory, boundary: frozenset[str]) -> Sequence[Rejection]:
    if not boundary:
        return ()
    why = (
        f"the clone is shallow: history older than {len(boundary)} of its commits is missing, and their own "
        "sizes are unknown; run git fetch --unshallow there and collect again"
    )
    return (Rejection(repository.shown, why),)


def _has(repository: GitDirectory, commit: str) -> bool:
    return told(["cat-file", "-e", f"{commit}^{{commit}}"], repository, fails=True) is not None


def _mailmap(repository: GitDirectory, commit: str) -> str | None:
    return told(["rev-parse", "--verify", "--quiet", f"{commit}:.mailmap"], repository, fails=True)
