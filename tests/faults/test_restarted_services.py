"""Processes that stay, the dashboard and schedulers, outlast a PostgreSQL that is restarted under them."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text

from collector.configuration import Configuration
from collector.jobs import JOBS
from collector.schedule import AfterCollection, Scheduler
from collector.simulator.server import Simulator
from collector.supervisor import free_port
from db import migration
from db.engine import connect
from db.schema import Record
from tests.faults.conftest import ROOT
from tests.faults.forking import Forking
from tests.faults.postgresql import Server
from tests.faults.test_random_faults import defects
from tests.faults.works import left_open
from tests.faults.world import Facts, collection, facts, insist_on, small_commits

pytestmark = pytest.mark.postgresql
RESTARTS = int(os.environ.get("FLOWMETER_RESTARTS", "1"))
PAGES = (
    "/",
    "/talent",
    "/data",
    "/api/metrics",
    "/live",
    "/reports/feed.atom",
    "/api/sql.json?q=SELECT%201%20AS%20n&_wait=20",
    "/readyz",
)


class Readers:
    """Some who read pages over and over, and what they got."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self.met: Counter[tuple[str, str]] = Counter()
        self._threads = [threading.Thread(target=self._read, args=(number,)) for number in range(4)]

    def get(self, path: str) -> tuple[str, str]:
        """Status and text of a page."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=30) as answer:
                return str(answer.status), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return str(error.code), error.read().decode()
        except OSError as error:
            return f"away ({error})", ""

    def wait_for(self, path: str, status: str) -> None:
        """Until a page has a status."""
        deadline = time.monotonic() + 60
        while (found := self.get(path)[0]) != status:
            assert time.monotonic() < deadline, f"{path} is {found}"
            time.sleep(0.05)

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        draw = random.Random(number)
        while not self._over.wait(draw.uniform(0.01, 0.1)):
            path = draw.choice(PAGES)
            self.met[path, self.get(path)[0]] += 1


def test_a_dashboard_says_that_its_database_is_away_and_answers_again_when_it_is_back(
    server: Server, forking: Forking, tmp_path: Path
) -> None:
    url = server.database("served")
    engine = connect(url)
    migration.upgrade(engine)
    engine.dispose()
    port, log = free_port(), tmp_path / "log"
    dashboard = forking.start(
        ["serve", "--port", str(port)],
        tmp_path,
        log,
        FLOWMETER_DATABASE_URL=url,
        FLOWMETER_CONFIG=str(ROOT / "flowmeter.toml"),
    )
    reader = Readers(port)
    try:
        reader.wait_for("/readyz", "200")
        assert {path: reader.get(path)[0] for path in PAGES} == dict.fromkeys(PAGES, "200")
        with Readers(port) as readers:
            for turn in range(RESTARTS):
                server.stop("immediate" if turn % 2 else "fast")
                for path in PAGES:
                    status, words = reader.get(path)
                    assert status == "503", path
                    assert "not answer" in words or path == "/live", path
                assert reader.get("/healthz")[0] == "200"
                server.start()
                # Connections of the pool are of the server before: nobody has to ask twice for that.
                assert {path: reader.get(path)[0] for path in PAGES} == dict.fromkeys(PAGES, "200")
        # SQL has fewer places than there are readers.
        assert {status for _, status in readers.met} <= {"200", "503", "429"}, readers.met
    finally:
        os.kill(dashboard.process, signal.SIGTERM)
        assert dashboard.over.wait(60)
    said = log.read_text()
    assert dashboard.status == 0, said
    assert "Traceback" not in said, said
    assert "the database: it does not answer" in said


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases are asked for, and what was held up is tried again, after an instant."""
    monkeypatch.setattr("collector.schedule.ASKED_EVERY", 0.1)
    monkeypatch.setattr("collector.schedule.AGAIN", timedelta(seconds=0.3))


def test_schedulers_go_on_after_a_restart_and_one_of_them_leads(
    server: Server,
    settled: Configuration,
    github: Simulator,
    undisturbed: Facts,
    hurried: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    url = server.database("scheduled")
    engines = [connect(url), connect(url), connect(url)]
    Record.metadata.create_all(engines[0])
    draw = random.Random(3)
    at = {40 + 60 * turn for turn in range(RESTARTS)}
    commits, caught_up = 0, threading.Event()
    counting = threading.Lock()

    def committing(_connection: Connection) -> None:
        nonlocal commits
        with counting:
            commits += 1
            if commits in at:
                server.restart(draw.choice(["fast", "immediate"]))

    def started(engine: Engine) -> Scheduler:
        event.listen(engine, "commit", committing)
        made = Scheduler(
            collection(engine, settled, github.url),
            AfterCollection(refresh=lambda _stop: None, reports=lambda _stop: caught_up.set()),
        )
        made.start()
        return made

    with small_commits():
        schedulers = [started(engine) for engine in engines[:2]]
        assert caught_up.wait(120), f"{commits} commits"
        led = [each for each in schedulers if each._leadership.leads]
        assert len(led) == 1
        assert all(each.stop() for each in schedulers)
        assert commits > max(at)
        assert defects(engines[2]) == []
        with engines[2].connect() as connection:
            twice = connection.execute(
                text(
                    "SELECT job, target FROM collector_runs WHERE state = 'done' "
                    "GROUP BY job, target HAVING COUNT(*) > 1"
                )
            )
            assert twice.all() == []
        # What failed is tried again each hour; what builds on others' rows met less of it than in turn.
        again = collection(engines[2], settled, github.url)
        # The line of a run that could not be closed while the server was away is closed by the next start.
        again.prepare()
        assert left_open(engines[2]) == []
        ends = list(again.run(JOBS))
    assert {end.state for end in ends} == {"done"}
    insist_on(facts(engines[2]), undisturbed, "restarts under schedulers")
    for engine in engines:
        engine.dispose()
