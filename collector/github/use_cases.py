"""Repositories that use the project, found by topic and by words, classified by what owners say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from collector.github import reading
from collector.github.accounts import instant
from collector.github.client import GitHub, TooSlow
from collector.github.connected import connected
from collector.github.newest_first import PageSize
from collector.github.reading import onwards, parts, whole_number
from collector.github.searches import CAP, STAMP, Part, Range, between
from collector.github.use_case_checks import check
from collector.github.use_case_rows import found
from collector.jobs import Cursor, Page, Rejection, Source

#: GitHub's search lags: what was pushed this long before the last run is asked for again.
OVERLAP = timedelta(days=1)
#: A use case is a row of `repositories` and one of `use_cases`.
ROWS_EACH = 2


@dataclass
class _State:
    """Where a run stands, as the cursor holds it.

    `parts` are still to be read, the last one next; of that one `met` results were given,
    up to `after`. `began` and `whole` belong to the run that is under way, `through` and
    `whole_at` to the last one that ended: until when it searched, and when all time was searched.
    `totals` are GitHub's own counts of what each way finds.
    """

    parts: list[Part] = field(default_factory=list)
    after: str | None = None
    met: int = 0
    began: str | None = None
    whole: bool = False
    through: str | None = None
    whole_at: str | None = None
    totals: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: Cursor) -> _State:
        held = {name: value for name, value in cursor.items() if name in cls.__dataclass_fields__}
        return cls(**{**held, "parts": [Part.read(each) for each in cursor.get("parts", ())]})

    def written(self) -> dict[str, Any]:
        return {**vars(self), "parts": [each.written() for each in self.parts]}


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of `repositories` (role use_case), `use_cases`, `papers` and `paper_mentions`.

    The first run searches all time by creation, cut so that no search meets the cap of
    1,000 results; later ones search for what was pushed since. After `search_again_days` all
    time is searched once more, because a repository can gain a topic without a push. Then those that were not
    seen for `look_again_days` are asked for by their ids: renamed ones get their new
    name, and those that are gone a state that says so.
    """
    github = connected(source)
    state = _State.read(cursor)
    if not state.parts and state.began is None:
        state = _begun(source, state)
    size = PageSize(100, 100)
    while state.parts:
        yield from _step(source, github, state, size)
    if state.began is not None:
        state.through = state.began
        state.whole_at = state.began if state.whole else state.whole_at
        state.began = None
        yield Page({}, state.written())
    yield from check(source, github, state.written())


def _begun(source: Source, state: _State) -> _State:
    """The searches of a new run: all time by creation, or what was pushed since the last that ended."""
    settings = source.configuration.use_cases
    again = timedelta(days=settings.search_again_days)
    whole = state.through is None or state.whole_at is None or instant(state.whole_at) + again <= source.now
    if whole or state.through is None:
        start = datetime.combine(settings.since, time(), UTC)
        span = between("created", max(start, source.since or start), source.now)
    else:
        span = between("pushed", instant(state.through) - OVERLAP, source.now)
    ranges = (span, Range("stars", 0, None), Range("size", 0, None))
    parts = [Part(f"topic:{topic}", f"topic:{topic}", ranges) for topic in settings.topics]
    place = f"in:{','.join(settings.words_in)}"
    parts += [Part(f"{word} {place}", f'"{word}" {place}', ranges) for word in settings.words]
    state.parts, state.totals = parts[::-1], {}
    state.began, state.whole = f"{source.now:{STAMP}}", whole and source.since is None
    return state


def _step(source: Source, github: GitHub, state: _State, size: PageSize) -> Iterator[Page]:
    """Asks once and moves the state on: a page is written, or a part is cut."""
    part = state.parts[-1]
    answer, rejections = _ask(github, part, state.after, size)
    count = whole_number(answer, "repositoryCount")
    state.totals[part.way] = max(count, state.totals.get(part.way, 0))
    if state.after is None and count > CAP:
        pieces = part.pieces(count)
        if pieces:
            state.parts[-1:] = pieces
            return
        rejections = [*rejections, Rejection(part.search, f"GitHub shows {CAP:,} of its {count:,} results")]
    nodes = parts(answer, "nodes")
    page = found(source, nodes, part.way)
    if page.freed:
        yield Page({"repositories": page.freed}, state.written())
    state.after = onwards(answer, state.after)
    state.met += len(nodes)
    if state.after is None:
        given, state.met = state.met, 0
        state.parts.pop()
        if given < min(count, CAP) and not rejections:
            # The answer was cut short without a word: narrower searches may get all of it.
            again = part.once_more()
            state.parts += again
            if not again:
                rejections = [Rejection(part.search, f"GitHub gave {given:,} of its {count:,} results")]
    yield Page(
        page.rows,
        state.written(),
        page.removals,
        [*rejections, *page.rejections],
        ROWS_EACH * sum(state.totals.values()),
    )


def _ask(
    github: GitHub, part: Part, after: str | None, size: PageSize
) -> tuple[Mapping[str, Any], list[Rejection]]:
    """A page of a search; smaller ones when GitHub cannot make it in time."""
    while True:
        variables = {"search": part.search, "first": size.now, "after": after}
        try:
            data = github.graphql("use_cases", variables, patient=size.now == 1)
        except TooSlow as slow:
            if size.halve():
                continue
            partial = (slow.data or {}).get("search") or {}
            if not partial.get("pageInfo"):
                raise
            return {**partial, "nodes": []}, [Rejection(f"{part.search} after {after}", slow.why)]
        size.grow()
        return reading.part(data, "search"), []
