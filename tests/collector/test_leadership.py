"""Of any number of schedulers one leads, and whoever leads no more can commit nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import Engine, select

from collector import orphans
from collector.collection import Collection
from collector.configuration import load
from collector.errors import CollectorError
from collector.jobs import JOBS, Cursor, Job, Page, Source, Target, job_named
from collector.leadership import DURATION, NAME, Leadership, leader
from collector.run import Progress, run
from collector.schedule import AfterCollection, Dates, Later, Scheduler
from collector.watch import Watch
from db import leases
from db.engine import connect, writing
from db.repositories import register
from db.schema import table

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
JOB = job_named("history_counts")
ELSEWHERE = "another-host:17:4711"


@pytest.fixture
def second(engine: Engine) -> Iterator[Engine]:
    """Another process' way into the same database."""
    other = connect(engine.url)
    yield other
    other.dispose()


def note(engine: Engine, name: str) -> None:
    with writing(engine).begin() as connection:
        connection.execute(table("reports").delete())
        register(connection, {name: "core"})


def names(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(select(table("repositories").c.full_name)).scalars())


def pass_lease_to(engine: Engine, holder: str, until: datetime) -> None:
    held = table("leases")
    with writing(engine).execution_options(**{leases.UNFENCED: True}).begin() as connection:
        connection.execute(
            held.update().values(holder=f"{holder}:aa", token=held.c.token + 1, expires_at=until)
        )


def test_one_leads_and_the_next_one_leads_when_it_gives_back(engine: Engine, second: Engine) -> None:
    first, other = Leadership(engine, lambda: NOW), Leadership(second, lambda: NOW)
    assert [first.ask(), other.ask(), first.ask()] == [True, False, True]
    first.give_back()
    assert [other.ask(), first.ask()] == [True, False]


def test_two_that_ask_at_the_same_instant_never_both_lead(engine: Engine) -> None:
    engines = [connect(engine.url) for _ in range(6)]
    candidates = [Leadership(each, lambda: NOW) for each in engines]
    for _ in range(3):
        gate = threading.Barrier(len(candidates))
        threads = [
            threading.Thread(target=lambda one=one, gate=gate: (gate.wait(), one.ask())) for one in candidates
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (leads,) = [each for each in candidates if each.leads]
        leads.give_back()
    for each in engines:
        each.dispose()


def test_a_former_leader_commits_nothing_whatever_it_believes(engine: Engine, second: Engine) -> None:
    leadership = Leadership(engine, lambda: NOW)
    with pytest.raises(leases.LeaseLost):
        note(engine, "never/led")
    assert leadership.ask()
    note(engine, "while/leading")
    pass_lease_to(second, ELSEWHERE, datetime.now(UTC) + timedelta(days=1))
    assert leadership.leads, "it has not heard of it yet"
    with pytest.raises(leases.LeaseLost, match="another process has taken over"):
        note(engine, "after/losing")
    assert names(second) == {"while/leading"}
    note(second, "not/fenced")


def test_a_leader_of_another_host_is_waited_for_and_what_it_had_is_free_then(engine: Engine) -> None:
    moment = datetime.now(UTC)
    with writing(engine).begin() as connection:
        rows = [
            {"name": name, "holder": f"{ELSEWHERE}:{part}", "token": 3, "expires_at": moment + span}
            for name, part, span in (("scheduler", "a", DURATION), ("job all", "b", leases.DURATION))
        ]
        connection.execute(table("leases").insert(), rows)
    later = Leadership(engine, lambda: moment + DURATION + timedelta(seconds=1))
    early = connect(engine.url)
    assert not Leadership(early, lambda: moment).ask()
    early.dispose()
    with engine.connect() as connection:
        assert leader(connection, lambda: moment) == "process 17 on another-host"
    if engine.dialect.name == "postgresql":  # the server's clock counts there: let the lease run out by it
        with writing(engine).execution_options(**{leases.UNFENCED: True}).begin() as connection:
            held = table("leases")
            connection.execute(held.update().where(held.c.name == "scheduler").values(expires_at=moment))
    assert later.ask()
    with engine.connect() as connection:
        held = table("leases").c
        question = select(held.token, held.expires_at).where(held.name == "job all")
        token, until = connection.execute(question).one()
    assert token == 4
    assert until <= moment + DURATION + timedelta(seconds=5)


def source_of(engine: Engine) -> Source:
    with writing(engine).begin() as connection:
        ids = register(connection, {"owner/name": "core"})
    return Source(Target("owner/name", ids["owner/name"], "core"), load(), None, NOW)


def lines(engine: Engine) -> list[tuple[str, str | None]]:
    runs = table("collector_runs").c
    with engine.connect() as connection:
        found = connection.execute(select(runs.state, runs.error).order_by(runs.run_id))
        return [(row.state, row.error) for row in found]


def test_a_run_without_a_page_is_given_up_and_writes_nothing_when_it_comes_back(engine: Engine) -> None:
    at = 0.0
    watch, source = Watch(lambda: at), source_of(engine)
    job = replace(JOB, silence=timedelta(minutes=5))

    def stuck(_source: Source, _cursor: Cursor) -> Iterator[Page]:
        nonlocal at
        at = 301.0
        (seen,) = watch.stuck()
        watch.give_up(engine, seen, NOW, state="failed", why="gave no page for 5 min")
        assert watch.stuck() == []
        assert run(engine, job, source, function=lambda *_: iter(()), clock=lambda: NOW).state == "done"
        yield Page({"repositories": [{"repository_id": 5, "full_name": "too/late", "role": "use_case"}]}, {})

    ended = run(engine, job, source, function=stuck, clock=lambda: NOW, watch=watch)
    assert (ended.state, "took over" in str(ended.error)) == ("failed", True)
    assert lines(engine) == [("failed", "gave no page for 5 min"), ("done", None)]
    assert names(engine) == {"owner/name"}


def test_a_run_that_is_at_work_for_too_long_ends_after_its_page(engine: Engine) -> None:
    at = 0.0

    def slow(_source: Source, cursor: Cursor) -> Iterator[Page]:
        nonlocal at
        for number in range(9):
            at += 60
            yield Page({}, {"page": number})

    job = replace(JOB, limit=timedelta(minutes=2))
    ended = run(engine, job, source_of(engine), function=slow, clock=lambda: NOW, watch=Watch(lambda: at))
    assert (ended.state, ended.error, ended.pages) == ("stopped", "was at work for 2 min", 3)


def test_a_job_that_another_has_just_done_is_not_done_twice(engine: Engine) -> None:
    asked: list[Cursor] = []

    def pages(_source: Source, cursor: Cursor) -> Iterator[Page]:
        asked.append(cursor)
        yield Page({}, {})

    source = source_of(engine)
    ended = run(engine, JOB, source, function=pages, clock=lambda: NOW, still_due=lambda _: False)
    assert (ended.state, asked, lines(engine)) == ("busy", [], [])
    assert run(engine, JOB, source, function=pages, clock=lambda: NOW).state == "done"


@pytest.mark.parametrize("how", [KeyboardInterrupt, SystemExit])
def test_a_run_that_is_interrupted_by_hand_says_so(engine: Engine, how: type[BaseException]) -> None:
    def interrupted(_source: Source, _cursor: Cursor) -> Iterator[Page]:
        yield Page({}, {"page": 1})
        raise how

    with pytest.raises(how):
        run(engine, JOB, source_of(engine), function=interrupted, clock=lambda: NOW)
    assert lines(engine) == [("stopped", "interrupted by hand")]


def test_lines_of_dead_processes_are_closed_and_those_of_living_ones_are_not(engine: Engine) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as dead:
        dead.wait()
    here = leases.process_name().partition(":")[0]
    with writing(engine).begin() as connection:
        for target, holder in (
            ("dead", f"{here}:{dead.pid}:1:a"),
            ("elsewhere", f"{ELSEWHERE}:b"),
            ("unheard", None),
        ):
            line = {"job": "issues", "target": target, "state": "running", "started_at": NOW}
            connection.execute(table("collector_runs").insert(), line | {"heartbeat_at": NOW})
            lease = {"name": f"issues {target}", "token": 1, "expires_at": NOW + leases.DURATION}
            if holder:
                connection.execute(table("leases").insert(), lease | {"holder": holder})

    def closed(now: datetime) -> list[str]:
        with writing(engine).begin() as connection:
            found = [target for _, _, target in orphans.found(connection, now)]
            assert orphans.close_all(connection, now) == len(found)
        return found

    assert closed(NOW) == ["dead"]
    assert closed(NOW + timedelta(hours=1)) == ["elsewhere", "unheard"]
    assert {state for state, _ in lines(engine)} == {"stopped"}


def test_dates_are_kept_a_little_later_and_never_twice() -> None:
    trigger = Later("*/30 * * * *", timedelta(seconds=20))
    first = trigger.get_next_fire_time(None, NOW + timedelta(seconds=5))
    assert first == NOW + timedelta(seconds=20)
    assert trigger.get_next_fire_time(first, first) == NOW + timedelta(minutes=30, seconds=20)


def test_the_second_scheduler_stands_by_and_goes_on_when_the_first_ends(
    engine: Engine, second: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("collector.schedule.ASKED_EVERY", 0.1)
    done: list[str] = []
    caught_up = {name: threading.Event() for name in ("first", "second")}

    def scheduler(name: str, engine: Engine) -> Scheduler:
        def reported(_stop: Callable[[], bool]) -> None:
            done.append(name)
            caught_up[name].set()

        return Scheduler(
            Collection(engine, load(), None), AfterCollection(refresh=lambda _stop: None, reports=reported)
        )

    one, other = scheduler("first", engine), scheduler("second", second)
    one.start()
    other.start()
    assert caught_up["first"].wait(120)
    assert done == ["first"]
    assert one.stop()
    assert caught_up["second"].wait(120)
    assert other.stop()
    assert done == ["first", "second"]


def test_what_is_due_when_the_clock_was_set_runs_though_an_earlier_catching_up_is_at_work(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    at_work, release, caught_up = threading.Event(), threading.Event(), threading.Event()

    def refresh(_stop: Callable[[], bool]) -> None:
        at_work.set()
        release.wait(60)

    scheduler = Scheduler(
        Collection(sqlite_engine, load(), None), AfterCollection(refresh, lambda _stop: caught_up.set())
    )
    scheduler.start()
    assert at_work.wait(60)
    scheduler._set_dates()
    assert caught_up.wait(60)
    release.set()
    assert scheduler.stop()


def test_the_one_who_leads_goes_on_leading_when_the_clock_is_set(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("collector.schedule.ASKED_EVERY", 0.3)
    ahead = [0.0]

    class Clock:
        monotonic = staticmethod(time.monotonic)

        @staticmethod
        def time() -> float:
            return time.time() + ahead[0]

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead[0])

    monkeypatch.setattr("collector.schedule.time", Clock)
    engines = [sqlite_engine, connect(sqlite_engine.url), connect(sqlite_engine.url)]
    nothing = AfterCollection(lambda _stop: None, lambda _stop: None)
    schedulers = [Scheduler(Collection(each, load(), None, clock=now), nothing) for each in engines[:2]]
    for each in schedulers:
        each.start()

    def lease() -> tuple[str, datetime]:
        held = table("leases").c
        with engines[2].connect() as connection:
            question = select(held.holder, held.expires_at).where(held.name == NAME)
            holder, until = connection.execute(question).one()
            return holder, until

    leading, _ = lease()
    for _ in range(4):
        ahead[0] += 86_400
        deadline = time.monotonic() + 30
        while lease()[1] < now():
            assert time.monotonic() < deadline
        assert lease()[0] == leading
    assert all(each.stop() for each in schedulers)
    for engine in engines[1:]:
        engine.dispose()


def test_a_scheduler_that_must_end_gives_up_what_does_not_and_says_so(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stuck, release = threading.Event(), threading.Event()

    def hang(_source: Source, _cursor: Cursor) -> Iterator[Page]:
        stuck.set()
        release.wait(120)
        yield Page({}, {"page": 1})

    monkeypatch.setattr("collector.benchmarks.ingest.collect", hang)
    scheduler = Scheduler(
        Collection(engine, load(), None), AfterCollection(lambda _stop: None, lambda _stop: None)
    )
    scheduler.start()
    assert stuck.wait(120)
    assert not scheduler.stop(0.1)
    assert lines(engine) == [("stopped", "was asked to end and did not")]
    release.set()
    with scheduler._idle:
        assert scheduler._idle.wait_for(lambda: not scheduler._at_work, 30)
    assert lines(engine) == [("stopped", "was asked to end and did not")]


def test_what_asks_about_clones_waits_for_them_when_it_all_begins(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done: list[str] = []
    others, caught_up = threading.Event(), threading.Event()

    def look(_collection: Collection, jobs: Sequence[Job], **_given: object) -> Iterator[Progress]:
        names = [job.name for job in jobs]
        if "commits" in names:
            # Clones take as long as everything else does.
            assert others.wait(60)
        done.extend(names)
        if "reconciliation" in names:
            others.set()
        yield from ()

    monkeypatch.setattr(Collection, "run", look)
    scheduler = Scheduler(
        Collection(sqlite_engine, load(), None),
        AfterCollection(refresh=lambda _stop: None, reports=lambda _stop: caught_up.set()),
    )
    scheduler.start()
    assert caught_up.wait(60)
    assert scheduler.stop()
    assert sorted(done) == sorted(job.name for job in JOBS)
    assert done.index("profiles") < done.index("commits") < done.index("commit_accounts")


def test_a_scheduler_may_be_shut_down_while_it_hands_out_a_job_for_the_last_time() -> None:
    dates = Dates(timezone="UTC")
    ended = threading.Thread(target=lambda: dates.shutdown(wait=False))
    asked: list[datetime] = []

    class Once(DateTrigger):  # type: ignore[misc] # APScheduler brings no types
        def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
            if previous is not None:
                asked.append(previous)
            # First for the dates that are past, then for the one after them.
            if len(asked) == 2:
                ended.start()
                while dates.running:
                    time.sleep(0.001)
            following: datetime | None = super().get_next_fire_time(previous, now)
            return following

    # What its thread cannot bring to an end fails this test.
    dates.add_job(lambda: None, Once())
    dates.start()
    dates._thread.join(60)
    ended.join(60)
    assert not dates.running


def test_what_waited_for_clones_goes_on_as_soon_as_they_are_read(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def look(_collection: Collection, jobs: Sequence[Job], **_given: object) -> Iterator[Progress]:
        done.extend(job.name for job in jobs)
        yield from ()

    monkeypatch.setattr(Collection, "run", look)
    scheduler = Scheduler(
        Collection(sqlite_engine, load(), None), AfterCollection(lambda _stop: None, lambda _stop: None)
    )
    scheduler._leading.set()
    scheduler._collect("releases")
    scheduler._collect("commits")
    assert done == ["releases", "proposals", "commit_comments", "commits", "commit_accounts"]


def test_a_scheduler_ends_when_the_tables_are_another_versions(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('9999')")
    scheduler = Scheduler(
        Collection(engine, load(), None), AfterCollection(lambda _stop: None, lambda _stop: None)
    )
    with pytest.raises(CollectorError, match="is at revision 9999 now, and this version needs"):
        scheduler.start()
    assert lines(engine) == []
