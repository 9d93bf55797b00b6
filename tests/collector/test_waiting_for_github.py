"""A job that cannot go on gives up its place until GitHub's quota begins anew; each run bears its cost."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from collector.collection import Collection
from collector.configuration import Configuration, load
from collector.doctor import examine
from collector.github.access import Access
from collector.github.budget import Budget
from collector.github.client import GitHub
from collector.github.credentials import Token
from collector.jobs import job_named
from collector.schedule import AfterCollection, Scheduler
from collector.simulator.faults import Rule
from collector.simulator.http import Handler, Request, Response
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from dashboard.operations import spending
from db.schema import table

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
JOBS = [job_named("repositories"), job_named("star_history"), job_named("releases")]


class Time:
    """A clock that goes on only when somebody waits."""

    def __init__(self) -> None:
        self.moment = NOW
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def seconds(self) -> float:
        return self.moment.timestamp()

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    shipped = (Path(__file__).parents[2] / "flowmeter.toml").read_text()
    head, _, rest = shipped.partition("[repositories]")
    tail = rest.partition("# Repositories of these roles are cloned")[2]
    listed = 'core = ["tensorflow/tensorflow", "keras-team/keras"]\nplatform = ["torvalds/linux"]'
    path = tmp_path / "flowmeter.toml"
    path.write_text(f"{head}[repositories]\n{listed}\n# Repositories of these roles are cloned{tail}")
    return load(path)


@contextmanager
def collecting(
    engine: Engine,
    configuration: Configuration,
    time: Time,
    *,
    answers: Callable[[Request], Response | None] = lambda _: None,
    limits: Limits | None = None,
    tokens: int = 1,
) -> Iterator[tuple[Collection, Simulator]]:
    """A collection whose clients share what one token may ask of a simulated GitHub."""

    def stand_in(request: Request, handler: Handler) -> Response:
        return answers(request) or handler(request)

    with Simulator(
        scale=0.001, seed=3, now=NOW, limits=limits, wall_clock=time.seconds, middleware=[stand_in]
    ) as server:
        credentials = [Token(f"token-{place}") for place in range(tokens)]
        access = Access(server.url, credentials, now=time.now, sleep=time.wait)
        collection = Collection(
            engine,
            configuration,
            lambda: GitHub(access=access),
            simulated=True,
            github_url=server.url,
            clock=time.now,
        )
        collection.prepare()
        yield collection, server


def ledger(engine: Engine) -> list[dict[str, object]]:
    runs = table("collector_runs")
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(runs).order_by(runs.c.run_id)).mappings()]


def test_a_job_without_quota_says_when_it_goes_on_and_others_have_its_place(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    with collecting(sqlite_engine, configuration, time, limits=Limits(graphql=1)) as (collection, _):
        ends = list(collection.run(JOBS))
    assert [(end.job, end.state) for end in ends] == [
        ("repositories", "done"),
        ("repositories", "waiting"),
        *[("star_history", "done")] * 3,
        *[("releases", "done")] * 2,
    ]
    assert ends[1].resume_at == NOW + timedelta(hours=1)
    assert "until 2026-11-01 13:00 UTC" in str(ends[1].error)
    assert time.waits == []
    line = ledger(sqlite_engine)[1]
    assert (line["state"], line["resume_at"]) == ("waiting", NOW + timedelta(hours=1))
    assert str(line["quota_left"]).endswith("0 of 1 points left")


def test_a_collection_that_waits_goes_on_with_what_is_left_and_nothing_else(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    with collecting(sqlite_engine, configuration, time, limits=Limits(graphql=1)) as (collection, _):
        ends = list(islice(collection.run_and_wait(JOBS, time.wait), 20))
    done = [(end.job, end.target) for end in ends if end.state == "done"]
    assert len(done) == len(set(done)) == 8
    assert [end.state for end in ends].count("waiting") == 2
    assert time.waits == [3600.0, 3600.0]


def test_the_scheduler_runs_a_waiting_job_again_at_the_reset(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    caught_up, reset = threading.Event(), datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)

    def used_up(request: Request) -> Response | None:
        if request.path != "/graphql":
            return None
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(reset.timestamp()))}
        return Response(403, b'{"message": "API rate limit exceeded for user ID 1."}', headers)

    time.moment = reset - timedelta(minutes=40)
    with collecting(sqlite_engine, configuration, time, answers=used_up) as (collection, _):
        scheduler = Scheduler(
            collection, AfterCollection(refresh=lambda _stop: None, reports=lambda _stop: caught_up.set())
        )
        scheduler.start()
        assert caught_up.wait(60)
        dates = {job.id: job.next_run_time for job in scheduler._scheduler.get_jobs()}
        scheduler.stop()
    waiting = {line["job"] for line in ledger(sqlite_engine) if line["state"] == "waiting"}
    assert {"repositories", "issues", "pull_requests"} <= waiting
    assert {name: date for name, date in dates.items() if name.endswith("goes on")} == {
        f"{job} goes on": reset + timedelta(seconds=1) for job in waiting
    }


def test_a_waiting_job_goes_on_by_itself_when_its_instant_has_come(
    sqlite_engine: Engine, configuration: Configuration
) -> None:
    asked, done = 0, threading.Event()

    def slow_down(request: Request) -> Response | None:
        nonlocal asked
        asked += request.path == "/graphql"
        if asked == 1 and request.path == "/graphql":
            return Response(
                403, b'{"message": "You have exceeded a secondary rate limit."}', {"Retry-After": "1"}
            )
        return None

    def look(_stop: Callable[[], bool]) -> None:
        states = [line["state"] for line in ledger(sqlite_engine) if line["job"] == "repositories"]
        if states.count("done") == 3:
            done.set()

    def stand_in(request: Request, handler: Handler) -> Response:
        return slow_down(request) or handler(request)

    with Simulator(scale=0.001, seed=3, middleware=[stand_in]) as server:
        access = Access(server.url, [Token("a-token")])
        collection = Collection(
            sqlite_engine,
            configuration,
            lambda: GitHub(access=access, patience=0.0),
            simulated=True,
            github_url=server.url,
        )
        scheduler = Scheduler(collection, AfterCollection(refresh=look, reports=lambda _stop: None))
        scheduler.start()
        assert done.wait(60)
        scheduler.stop()
    states = [line["state"] for line in ledger(sqlite_engine) if line["job"] == "repositories"]
    assert states == ["waiting", "done", "done", "done"]


def test_threads_share_one_budget_and_each_run_bears_its_own_cost(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    allowed = Limits(secondary_rest=900, secondary_graphql=2000, concurrent=100)
    with collecting(sqlite_engine, configuration, time, limits=allowed, tokens=2) as (collection, server):
        list(collection.run([job_named("repositories")]))
        names = ("star_history", "releases", "issues", "pull_requests", "history_counts")
        threads = [
            threading.Thread(target=lambda name=name: list(collection.run([job_named(name)])))
            for name in names
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spent = server.usage.described()["spent"]
        assert server.usage.described()["refused"] == {}
    lines = ledger(sqlite_engine)
    assert {line["state"] for line in lines} == {"done"}
    assert sum(int(str(line["requests"])) for line in lines) == spent["core"]
    assert sum(int(str(line["points"])) for line in lines) == spent["graphql"]
    one_each = [line["points"] for line in lines if line["job"] == "repositories"]
    assert one_each == [1, 1, 1]


def test_threads_that_share_a_budget_stop_before_github_has_to_refuse(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    with collecting(sqlite_engine, configuration, time, limits=Limits(graphql=20)) as (collection, server):
        list(collection.run([job_named("repositories")]))
        names = ("issues", "pull_requests", "history_counts")
        threads = [
            threading.Thread(target=lambda name=name: list(collection.run([job_named(name)])))
            for name in names
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        usage = server.usage.described()
    # What the others have under way counts as spent: a thread may stop for what is then left over.
    assert usage["spent"]["graphql"] > 20 - len(threads)
    assert usage["refused"] == {}
    assert {line["state"] for line in ledger(sqlite_engine)} == {"done", "waiting"}


def test_runs_that_fail_or_wait_bear_their_cost_too(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    def flaky(request: Request) -> Response | None:
        return Response(502, b"") if request.path.endswith("/stargazers/history") else None

    with collecting(sqlite_engine, configuration, time, answers=flaky, limits=Limits(graphql=1)) as (
        collection,
        _,
    ):
        ends = list(collection.run(JOBS[:2]))
    cost = [(end.job, end.state, end.requests, end.points) for end in ends]
    assert cost == [
        ("repositories", "done", 1, 1),
        ("repositories", "waiting", 1, 0),
        ("star_history", "failed", 4, 0),
        ("star_history", "failed", 4, 0),
        ("star_history", "waiting", 1, 0),
    ]


def test_no_minute_has_more_requests_than_github_allows(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    limits = Limits(secondary_rest=900)
    with collecting(sqlite_engine, configuration, time, limits=limits) as (collection, server):
        assert collection.github is not None
        github = collection.github()
        for _ in range(1_000):
            assert github.get("/meta").status == 200
        github.close()
        usage = server.usage.described()
    assert usage["refused"] == {}
    assert usage["requests"] == {"core": 1_000}
    assert max(time.waits) < 1
    assert 60 < sum(time.waits) < 90


def test_no_more_requests_are_under_way_at_once_than_are_allowed(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    running, most, lock, never = 0, 0, threading.Lock(), threading.Event()

    def count(_: Request) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        never.wait(0.05)
        with lock:
            running -= 1

    with collecting(sqlite_engine, configuration, time, answers=count) as (collection, _):
        assert collection.github is not None
        budget = Budget(1, 0.0, now=time.now, clock=time.seconds, concurrent=3)
        collection.github().access.budget = budget
        clients = [collection.github() for _ in range(8)]
        threads = [threading.Thread(target=client.get, args=("/meta",)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 3


@pytest.mark.parametrize("hours", [-30, -2, 2, 24 * 365])
def test_a_clock_that_differs_from_githubs_neither_blocks_nor_spins(
    sqlite_engine: Engine, configuration: Configuration, time: Time, hours: int
) -> None:
    with collecting(sqlite_engine, configuration, time, limits=Limits(core=1)) as (collection, server):
        server.faults.add(Rule("clock-skew", seconds=hours * 3600))
        ends = list(collection.run(JOBS[:1]))
        assert [end.state for end in ends] == ["done", "waiting"]
        assert ends[-1].resume_at == NOW + timedelta(hours=1)
        time.moment = NOW + timedelta(hours=1, seconds=1)
        assert next(collection.run(JOBS[:1])).state == "done"
    assert time.waits == []


def test_when_github_is_down_jobs_end_quickly_and_one_request_tries_it_again(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    down, asked = True, 0

    def answers(_: Request) -> Response | None:
        nonlocal asked
        asked += 1
        return Response(503, b"<html>") if down else None

    with collecting(sqlite_engine, configuration, time, answers=answers) as (collection, _):
        states = [(end.job, end.state) for end in collection.run(JOBS)]
        assert states[:3] == [
            ("repositories", "failed"),
            ("repositories", "failed"),
            ("repositories", "waiting"),
        ]
        assert asked == 9
        for _ in range(3):
            asked = 0
            assert {end.state for end in collection.run(JOBS)} == {"waiting"}
            assert asked == 0, "nobody asks before its time"
            (resume_at,) = {end.resume_at for end in collection.run([JOBS[0]])}
            assert resume_at is not None
            time.moment = resume_at
            ended = list(collection.run(JOBS))
            assert asked == 1, "one request tries"
            assert "one request after the other failed" in str(ended[0].error)
        down = False
        time.moment = ended[0].resume_at or time.moment
        assert {end.state for end in collection.run(JOBS)} == {"done"}


def test_the_ledger_tells_what_a_day_spent_and_what_is_left(
    sqlite_engine: Engine, configuration: Configuration, time: Time
) -> None:
    with collecting(sqlite_engine, configuration, time) as (collection, server):
        list(collection.run(JOBS))
        spent = server.usage.described()["spent"]
        left = {name: server.budgets.describe("token-0", name)["remaining"] for name in ("core", "graphql")}
    with sqlite_engine.connect() as connection:
        told = spending(connection, NOW + timedelta(hours=23))
        assert (told.requests, told.points) == (spent["core"], spent["graphql"])
        words = f"{left['core']:,} of 5,000 requests, {left['graphql']:,} of 5,000 points left"
        assert (told.left, told.told_at) == (words, NOW)
        assert spending(connection, NOW + timedelta(hours=25)).requests == 0


def test_doctor_shows_each_token_with_what_is_left_to_it_until_when(monkeypatch: pytest.MonkeyPatch) -> None:
    with Simulator(scale=0.001, seed=3, limits=Limits(core=50)) as server:
        monkeypatch.setenv("FLOWMETER_GITHUB_URL", server.url)
        monkeypatch.setenv("GITHUB_TOKEN", "one,bad-token")
        found = {finding.check: finding for finding in examine(NOW)}
    good, bad = found["GITHUB_TOKEN, number 1 of 2"], found["GITHUB_TOKEN, number 2 of 2"]
    assert (good.state, bad.state) == ("good", "wrong")
    assert re.search(r"50 of 50 requests until \d\d:\d\d UTC, 5,000 of 5,000 points until", good.found)
    assert "does not accept the token" in bad.found
