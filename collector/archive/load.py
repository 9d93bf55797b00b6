"""Loading the archive: hours into the lake, each exactly once, and what they say into the fact tables.

The ledger says which hours are in the lake and which of these stand in the fact tables. An
hour's file is renamed into the lake before its line is written, and read again when the
line is missing: a kill between the two repeats an hour and doubles nothing. Facts are
made of all the lake's events about whatever the new hours touch, so that the order in
which hours come, and how often, makes no difference to them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from collector.archive import facts, following, ledger
from collector.archive.engines import Engine, HourFile
from collector.archive.examination import Examined, examine, salvage
from collector.archive.hours import hour_key
from collector.archive.lake import Lake, Staged
from collector.archive.selection import Selection, Wanted, chosen
from collector.archive.sources import Absent, Answer, Fetched, HourSource, Unchanged, Unreachable
from collector.errors import CollectorError
from collector.jobs import Page, Rejection, Source
from db.archive import HELD
from db.full_disk import told_of_a_full_disk

#: Hours after which the facts are brought up to date while a long load goes on: a month.
FACTS_EVERY = 744
#: Files that are brought and looked through while others are read.
AHEAD = 2
#: So many files in a row that the source does not give: it is away.
AWAY = 3
#: Lines of the ledger that are written at once.
LINES = 2_000


@dataclass(frozen=True)
class Order:
    """What is to be loaded: hours, from where, of which repositories, into which lake, by which engine.

    `simulated` says that the archive was generated; files that say otherwise of
    themselves are refused. `all_facts` makes the facts of all the lake's hours anew.
    """

    hours: Sequence[datetime]
    source: HourSource
    wanted: Wanted
    lake: Lake
    engine: Callable[[Lake], Engine]
    clock: Callable[[], datetime]
    simulated: bool = False
    all_facts: bool = False


@dataclass(frozen=True)
class _Prepared:
    """An hour's file after it was brought and looked through."""

    hour: datetime
    answer: Answer
    examined: Examined | None = None
    path: Path | None = None


def pages(order: Order, source: Source) -> Iterator[Page]:
    """Pages of `archive_hours` and of the fact tables; raises `CollectorError`."""
    order.lake.open_for_writing()
    with (
        told_of_a_full_disk(order.lake.root),
        closing(order.lake),
        closing(order.engine(order.lake)) as engine,
    ):
        with _held(source) as connection:
            selection = chosen(connection, order.wanted)
            lines = ledger.held_rows(connection, order.hours[0], order.hours[-1]) if order.hours else {}
        wanting = [
            hour for hour in order.hours if _has_to_be_read(lines.get(hour), hour, order.lake, selection)
        ]
        since = in_vain = 0
        for batch in _batches(order, engine, wanting, lines, selection):
            in_vain = _in_vain(batch, in_vain)
            yield _loaded(order, engine, batch, lines, selection)
            since += len(batch)
            if since >= FACTS_EVERY:
                yield from _facts(order, source, engine, selection, all_hours=False)
                since = 0
        yield from _facts(order, source, engine, selection, all_hours=order.all_facts)


def _held(source: Source) -> Connection:
    if source.held is None:
        raise RuntimeError("a load needs the database that it loads into")
    return source.held()


def _has_to_be_read(line: ledger.Row | None, hour: datetime, lake: Lake, selection: Selection) -> bool:
    if line is None or line["state"] != "loaded" or line["selection"] != selection.fingerprint:
        return True
    return bool(line["kept_events"]) and not lake.events_file(hour).exists()


def _batches(
    order: Order,
    engine: Engine,
    wanting: Sequence[datetime],
    lines: dict[datetime, ledger.Row],
    selection: Selection,
) -> Iterator[list[_Prepared]]:
    """The files, brought and looked through a few ahead of the engine."""
    ahead = engine.at_once + AHEAD
    with ThreadPoolExecutor(AHEAD, thread_name_prefix="archive") as brought:
        waiting: list[Future[_Prepared]] = []
        left = iter(wanting)
        batch: list[_Prepared] = []
        try:
            while True:
                while len(waiting) < ahead and (hour := next(left, None)) is not None:
                    known = _known_size(lines.get(hour), selection)
                    waiting.append(brought.submit(_prepare, order, hour, known))
                if not waiting:
                    break
                batch.append(waiting.pop(0).result())
                if len(batch) == engine.at_once:
                    yield batch
                    batch = []
            if batch:
                yield batch
        finally:
            brought.shutdown(wait=True, cancel_futures=True)


def _known_size(line: ledger.Row | None, selection: Selection) -> int | None:
    """The size of a file that was found damaged: while it is as long, it is no better."""
    if line is None or line["state"] not in ("damaged", "unreadable") or not line["bytes"]:
        return None
    return int(line["bytes"]) if line["selection"] == selection.fingerprint else None


def _prepare(order: Order, hour: datetime, known_size: int | None) -> _Prepared:
    answer = order.source.fetch(hour, order.lake.staging, known_size)
    if not isinstance(answer, Fetched):
        return _Prepared(hour, answer)
    examined = examine(answer.path)
    path = answer.path
    if examined.readable and (examined.damage or examined.too_long):
        path = order.lake.staging / f"{hour_key(hour)}.salvaged.gz"
        salvage(answer.path, path)
    return _Prepared(hour, answer, examined, path if examined.readable else None)


def _loaded(
    order: Order,
    engine: Engine,
    batch: Sequence[_Prepared],
    lines: dict[datetime, ledger.Row],
    selection: Selection,
) -> Page:
    """Take a batch into the lake; the page is its lines in the ledger, and what was wrong with it."""
    for one in batch:
        if one.path is not None and one.examined is not None and one.examined.simulated != order.simulated:
            raise CollectorError(
                f"holds {'simulated' if one.examined.simulated else 'real'} events, and "
                f"{'simulated' if order.simulated else 'real'} ones were to be loaded",
                to=one.answer.shown,
                next_step="A generated archive is loaded with --simulated, into a database of its own",
                retry=False,
            )
    engine.stage([HourFile(one.hour, one.path) for one in batch if one.path is not None], selection)
    rows, rejections = [], []
    for one in batch:
        if isinstance(one.answer, Unchanged):
            continue
        before = lines.get(one.hour)
        if not isinstance(one.answer, Fetched) and before is not None and before["state"] in HELD:
            rejections.append(
                Rejection(
                    one.answer.shown, "cannot be read for other repositories now; what was loaded stays"
                )
            )
            continue
        staged = order.lake.take(one.hour) if isinstance(one.answer, Fetched) else Staged(0, 0, 0)
        row = _line(order, one, staged, selection)
        rows.append(row)
        if row["problem"] is not None and row["state"] != "missing":
            rejections.append(Rejection(one.answer.shown, row["problem"]))
        _remove_temporary(one)
    return Page({"archive_hours": rows} if rows else {}, {}, rejections=rejections)


def _in_vain(batch: Sequence[_Prepared], before: int) -> int:
    """How many files in a row the source did not give; raises `CollectorError` when it seems to be away."""
    for one in batch:
        if not isinstance(one.answer, Unreachable):
            before = 0
            continue
        before += 1
        if before >= AWAY:
            raise CollectorError(
                one.answer.why,
                to=one.answer.shown,
                next_step="The source seems to be away: the next load goes on from here",
            )
    return before


def _line(order: Order, one: _Prepared, staged: Staged, selection: Selection) -> ledger.Row:
    row: dict[str, Any] = {
        "hour": one.hour,
        "state": "missing",
        "source": one.answer.shown,
        "selection": selection.fingerprint,
        "bytes": 0,
        "lines": 0,
        "bad_lines": 0,
        "late_events": 0,
        "kept_events": 0,
        "problem": None,
        "read_at": order.clock(),
        "facts_at": None,
    }
    if isinstance(one.answer, Absent):
        return row | {"problem": "the source has no such file"}
    if isinstance(one.answer, Unreachable):
        return row | {"state": "unreadable", "problem": one.answer.why}
    if not isinstance(one.answer, Fetched) or one.examined is None:
        raise RuntimeError(f"{one.answer.shown}: an hour without a file was taken for one with it")
    found = one.examined
    bad = staged.bad_lines + found.too_long
    problems = [found.damage] if found.damage else []
    if bad:
        problems.append(f"{bad:,} of {found.lines + found.too_long:,} lines are no events")
    return row | {
        "state": "loaded" if not found.damage else "damaged" if found.readable else "unreadable",
        "bytes": one.answer.size,
        "lines": found.lines + found.too_long,
        "bad_lines": bad,
        "late_events": staged.late_events,
        "kept_events": staged.kept_events,
        "problem": "; ".join(problems) or None,
    }


def _remove_temporary(one: _Prepared) -> None:
    if isinstance(one.answer, Fetched):
        if one.answer.temporary:
            one.answer.path.unlink(missing_ok=True)
        if one.path is not None and one.path != one.answer.path:
            one.path.unlink(missing_ok=True)


def _facts(
    order: Order, source: Source, engine: Engine, selection: Selection, *, all_hours: bool
) -> Iterator[Page]:
    """Pages of the facts that hours without any touch, and then these hours' lines."""
    with _held(source) as connection:
        lines = ledger.without_facts(connection, all_hours=all_hours)
        if not lines:
            return
        fresh = [line["hour"] for line in lines if line["kept_events"]]
        found = following.found_in(order.lake, fresh, selection)
        repositories = following.rows_to_write(connection, found, selection, simulated=order.simulated)
    if repositories:
        yield Page({"repositories": repositories}, {})
    with _held(source) as connection:
        followed = following.followed(connection, selection)
    folder = order.lake.staging / "facts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if fresh and followed:
        engine.make_facts(fresh, followed, folder)
    for fact, some in facts.pages(folder):
        with _held(source) as connection:
            rows = facts.table_rows(fact, some, connection)
        if rows:
            yield Page(rows, {})
    shutil.rmtree(folder)
    now = order.clock()
    for start in range(0, len(lines), LINES):
        yield Page(
            {"archive_hours": [{**line, "facts_at": now} for line in lines[start : start + LINES]]}, {}
        )
