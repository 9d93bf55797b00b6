"""Repositories that depend on the project, found by what their dependency files hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from collector.github import errors
from collector.github.accounts import instant
from collector.github.client import Answer, GitHub, QuotaExhausted, TooSlow
from collector.github.connected import connected
from collector.github.reading import Thing, each_of, part, parts, taken, text, whole_number
from collector.github.searches import CAP, STAMP, Part, Range
from collector.github.use_case_rows import found
from collector.jobs import Cursor, Page, Rejection, Source

#: GitHub's search of code looks into no file that is larger (bytes).
LARGEST_FILE = 384_000
PAGE = 100


@dataclass
class _State:
    """Where the search of code stands, as the cursor holds it; its last part is read up to `page`."""

    parts: list[Part] = field(default_factory=list)
    page: int = 1
    met: int = 0
    began: str | None = None
    finished: str | None = None

    @classmethod
    def read(cls, cursor: Cursor) -> _State:
        held = {name: value for name, value in cursor.items() if name in cls.__dataclass_fields__}
        return cls(**{**held, "parts": [Part.read(each) for each in cursor.get("parts", ())]})

    def written(self) -> dict[str, Any]:
        return {**vars(self), "parts": [each.written() for each in self.parts]}


def collect(source: Source, cursor: Cursor) -> Iterator[Page]:
    """Pages of use cases whose requirements.txt, setup.py, package.json … name the project.

    GitHub's search of code knows no dates: it answers ten requests a minute, shows 1,000
    files of a search, and looks only into default branches of repositories with a push in
    the last year. So it is cut by the size of the file; a run makes no more than
    `dependency_requests` requests, ends when the minute gives no more, and the next one
    goes on. All of it is read anew after `search_again_days`. What each repository says
    of itself is asked for by ids, a hundred for a point.
    """
    github = connected(source)
    settings = source.configuration.use_cases
    state = _State.read(cursor)
    if not state.parts:
        again = timedelta(days=settings.search_again_days)
        if state.finished is not None and instant(state.finished) + again > source.now:
            return
        state.parts = [
            Part(
                f"dependency:{each.word} in {each.file}",
                f'"{each.word}" filename:{each.file}',
                (Range("size", 0, LARGEST_FILE),),
            )
            for each in reversed(settings.dependencies)
        ]
        state.began = f"{source.now:{STAMP}}"
    for turn in range(settings.dependency_requests):
        if not state.parts:
            return
        part = state.parts[-1]
        wanted = {"q": part.search, "per_page": PAGE, "page": state.page}
        try:
            answer = github.get("/search/code", wanted)
        except QuotaExhausted:
            if not turn:
                raise
            return  # the next run goes on: this one has taken what the minute gives
        yield from _taken(source, github, state, answer)


def _taken(source: Source, github: GitHub, state: _State, answer: Answer) -> Iterator[Page]:
    """What one request brought: its files' repositories are written, or the part is cut."""
    searched = state.parts[-1]
    if answer.status != 200 or not isinstance(answer.data, dict):
        raise errors.refused(searched.search, answer.status, answer.message)
    count, items = whole_number(answer.data, "total_count"), parts(answer.data, "items")
    rejections: list[Rejection] = []
    if state.page == 1 and count > CAP:
        pieces = searched.pieces(count)
        if pieces:
            state.parts[-1:] = pieces
            yield Page({}, state.written())
            return
        rejections = [Rejection(searched.search, f"GitHub shows {CAP:,} of its {count:,} files")]
    ids = dict(taken("file", items, _repository, rejections))
    nodes, refused = _described(github, ids)
    page = found(source, nodes, searched.way)
    if page.freed:
        yield Page({"repositories": page.freed}, state.written())
    rejections += [*refused, *page.rejections]
    state.met += len(items)
    if items and state.met < min(count, CAP):
        state.page += 1
    else:
        given, state.met, state.page = state.met, 0, 1
        state.parts.pop()
        if given < min(count, CAP) or answer.data.get("incomplete_results"):
            again = searched.once_more()
            state.parts += again
            if not again:
                rejections.append(Rejection(searched.search, f"GitHub gave {given:,} of its {count:,} files"))
    if not state.parts:
        state.finished = state.began
    yield Page(page.rows, state.written(), page.removals, rejections)


def _repository(item: Thing) -> tuple[str, str]:
    """The id and name of the repository that a file is in."""
    found = part(item, "repository")
    return text(found, "node_id"), text(found, "full_name")


def _described(github: GitHub, ids: Mapping[str, str]) -> tuple[list[Mapping[str, Any]], list[Rejection]]:
    """What repositories say of themselves; halved when GitHub cannot say it in time."""
    if not ids:
        return [], []
    try:
        data = github.graphql("use_cases_again", {"ids": list(ids)}, patient=len(ids) == 1)
    except TooSlow as slow:
        if len(ids) == 1:
            return [], [Rejection(next(iter(ids.values())), slow.why)]
        order = list(ids.items())
        first, first_refused = _described(github, dict(order[: len(order) // 2]))
        second, second_refused = _described(github, dict(order[len(order) // 2 :]))
        return first + second, first_refused + second_refused
    return [node for node in each_of(data, len(ids)) if node], []
