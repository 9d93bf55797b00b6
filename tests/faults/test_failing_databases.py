"""A database that is full, locked or restarted, and a GitHub that is away, cost time and nothing else."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from contextlib import chdir, closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text, update

from collector.collection import Collection
from collector.configuration import Configuration
from collector.jobs import JOBS
from collector.run import Progress
from collector.simulator.faults import Rule
from collector.simulator.server import Simulator
from db import leases
from db.engine import connect, writing
from db.faults import FORESEEN, Unavailable, driver_of, in_words
from db.schema import Record, table
from tests.faults.conftest import NewDatabase
from tests.faults.postgresql import Server
from tests.faults.test_random_faults import collect_until_done, defects
from tests.faults.world import NOW, Facts, Time, collection, facts, insist_on, small_commits

#: How often the server is restarted in the middle of a collection.
RESTARTS = int(os.environ.get("FLOWMETER_RESTARTS", "3"))


def collect_what_is_due(collected: Collection, folder: Path) -> list[Progress]:
    """As far as all goes well: jobs that build on others' rows come after them."""
    folder.mkdir(exist_ok=True)
    ends: list[Progress] = []
    with chdir(folder), small_commits():
        collected.prepare()
        for job in JOBS:
            ends += collected.run([job], only_due=True)
            if any(end.state != "done" for end in ends):
                break
    return ends


def test_a_full_disk_fails_in_one_sentence_and_nothing_is_lost_when_there_is_room_again(
    new_database: NewDatabase, settled: Configuration, github: Simulator, undisturbed: Facts, tmp_path: Path
) -> None:
    roomy = new_database("sqlite")
    full = connect(roomy.url)
    said: set[str] = set()
    for more in (40, 90, 140):

        @event.listens_for(full, "connect")
        def little_room(connection: sqlite3.Connection, _record: object, more: int = more) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + more}").close()

        full.dispose()
        try:
            ends = collect_what_is_due(collection(full, settled, github.url), tmp_path / "work")
            said |= {str(end.error) for end in ends if end.state == "failed"}
        except Unavailable as error:
            said.add(f"{error.to}: {error.happened}")
    full.dispose()
    assert said == {"the database: its disk is full"}
    ends = collect_what_is_due(collection(roomy, settled, github.url), tmp_path / "work")
    assert {end.state for end in ends} == {"done"}
    insist_on(facts(roomy), undisturbed, "a full disk")


def test_a_writer_that_keeps_the_file_locked_is_named_and_waited_out(
    new_database: NewDatabase,
    settled: Configuration,
    github: Simulator,
    undisturbed: Facts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient = new_database("sqlite")
    monkeypatch.setattr("db.engine.BUSY_TIMEOUT_MS", 50)
    hasty = connect(patient.url)
    locked, free = threading.Event(), threading.Event()

    def keep_locked() -> None:
        with closing(sqlite3.connect(str(patient.url.database), isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            free.wait(60)

    ends: list[Progress] = []
    collected = collection(hasty, settled, github.url, report=ends.append)
    with chdir(tmp_path):
        collected.prepare()
        thread = threading.Thread(target=keep_locked)
        thread.start()
        locked.wait(60)
        with pytest.raises(Unavailable, match="another process has it locked"):
            list(collected.run([JOBS[0]], only_due=True))
        free.set()
        thread.join()
    hasty.dispose()
    ends = collect_what_is_due(collection(patient, settled, github.url), tmp_path / "work")
    assert {end.state for end in ends} == {"done"}
    insist_on(facts(patient), undisturbed, "a locked file")


def test_damaged_cursors_cost_the_way_once_more_and_double_nothing(
    new_database: NewDatabase, settled: Configuration, github: Simulator, undisturbed: Facts, tmp_path: Path
) -> None:
    engine = new_database("sqlite")
    folder = tmp_path / "work"
    collected = collection(engine, settled, github.url)
    collect_what_is_due(collected, folder)
    draw = random.Random(1)
    with writing(engine).begin() as connection:
        held = table("cursors")
        for key in connection.execute(text("SELECT job, target FROM cursors")).all():
            damaged = draw.choice(["", '{"page": 3', "[]", "null", "\x00", "7"])
            of_this = (held.c.job == key.job, held.c.target == key.target)
            connection.execute(update(held).where(*of_this).values(cursor=damaged, finished_at=None))
    ends = collect_what_is_due(collected, folder)
    assert {end.state for end in ends} == {"done"}
    insist_on(facts(engine), undisturbed, "damaged cursors")


def test_a_github_that_is_away_for_a_day_is_waited_for(
    new_database: NewDatabase,
    settled: Configuration,
    github: Simulator,
    undisturbed: Facts,
    time: Time,
    tmp_path: Path,
) -> None:
    engine = new_database("sqlite")
    github.faults.replace([Rule("unavailable", path="*", nth=60, count=10**9)])
    states: list[str] = []
    collected = collection(engine, settled, github.url, time=time)
    end_of_outage = time.moment + timedelta(days=1)
    while time.moment < end_of_outage:
        states += [end.state for end in collect_what_is_due(collected, tmp_path / "work")]
        time.pass_by(3600)
    assert states[0] == "done", "it was there in the beginning"
    assert set(states[-10:]) <= {"waiting", "failed"}
    assert defects(engine) == []
    github.faults.clear()
    collect_until_done(engine, settled, github, time, tmp_path / "work")
    insist_on(facts(engine), undisturbed, "a day without GitHub")


@pytest.mark.postgresql
def test_a_server_that_is_restarted_in_the_middle_of_a_collection_loses_and_doubles_nothing(
    server: Server, settled: Configuration, github: Simulator, undisturbed: Facts, tmp_path: Path
) -> None:
    engine = connect(server.database("restarted"))
    Record.metadata.create_all(engine)
    draw = random.Random(7)
    pages = 0
    restart_at = {1 + int(draw.expovariate(1 / 25)) + 60 * turn for turn in range(RESTARTS)}
    restarts = 0

    def heard(_progress: Progress) -> None:
        nonlocal pages, restarts
        pages += 1
        if pages in restart_at:
            restarts += 1
            server.restart(draw.choice(["fast", "immediate"]))

    for _turn in range(4 * RESTARTS):
        try:
            ends = collect_what_is_due(
                collection(engine, settled, github.url, report=heard), tmp_path / "work"
            )
        except (Unavailable, *FORESEEN):
            continue
        if restarts == RESTARTS and {end.state for end in ends} <= {"done"}:
            break
    else:
        pytest.fail(f"not over; {restarts} restarts, {pages} pages")
    assert defects(engine) == []
    insist_on(facts(engine), undisturbed, "restarts")
    with engine.connect() as connection:
        left = connection.execute(
            text("SELECT COUNT(*) FROM collector_runs WHERE state = 'running'")
        ).scalar()
    assert left == 0
    engine.dispose()


@pytest.mark.postgresql
def test_a_server_that_goes_in_the_middle_of_a_copy_is_foreseen_like_in_any_statement(server: Server) -> None:
    engine = connect(server.database("copied_into"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (number BIGINT PRIMARY KEY)"))

    def copy() -> None:
        with (
            engine.begin() as connection,
            driver_of(connection) as driver,
            driver.cursor() as cursor,
            cursor.copy("COPY numbers FROM STDIN") as stream,
        ):
            stream.write_row((1,))
            server.restart("immediate")
            for number in range(2, 200_000):
                stream.write_row((number,))

    with pytest.raises(FORESEEN) as raised:
        copy()
    assert in_words(raised.value).happened == "it does not answer"
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM numbers")) == 0
    engine.dispose()


@pytest.mark.parametrize("damage", ["a page", "all of it"])
def test_a_damaged_file_is_foreseen_and_told_as_one(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "held.db"
    engine = connect(f"sqlite:///{path}")
    with writing(engine).begin() as connection:
        connection.execute(text("CREATE TABLE lines (number INTEGER PRIMARY KEY, words TEXT)"))
        connection.execute(
            text("INSERT INTO lines VALUES (:number, :words)"),
            [{"number": number, "words": "words " * 100} for number in range(2_000)],
        )
    engine.dispose()
    with path.open("r+b") as file:
        file.seek(4096 * 100 if damage == "a page" else 0)
        file.write(b"\xff" * 4096)

    with pytest.raises(FORESEEN) as raised, connect(f"sqlite:///{path}").connect() as connection:
        connection.execute(text("SELECT SUM(LENGTH(words)) FROM lines"))
    assert in_words(raised.value).happened == "its file is damaged, or cannot be read"


def test_a_finished_date_in_the_future_does_not_keep_a_job_from_running(
    engine: Engine, settled: Configuration
) -> None:
    from collector import plan
    from collector.jobs import Target

    row = {"job": JOBS[0].name, "target": "all", "cursor": "{}", "updated_at": NOW}
    with writing(engine).begin() as connection:
        connection.execute(table("cursors").insert(), row | {"finished_at": NOW + timedelta(days=365)})
        assert plan.is_due(connection, JOBS[0], Target(), settled, NOW)


def test_a_lease_of_a_clock_that_was_ahead_is_taken_and_its_holder_writes_no_more(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        ahead = leases.take(connection, "job", NOW + timedelta(days=30))
        assert ahead is not None
        taken = leases.take(connection, "job", NOW)
        assert taken is not None
        assert not leases.renew(connection, ahead, NOW)
        assert leases.renew(connection, taken, NOW)
