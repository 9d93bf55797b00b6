"""A disk that is full ends a command in one sentence that says so; with room again it does all its work."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.configuration import Configuration
from collector.simulator.server import Simulator
from db.engine import connect
from db.faults import FORESEEN, Unavailable, in_words
from db.schema import Record
from db.transfer.backup import restore
from tests.conftest import _postgresql_programs
from tests.faults.forking import Forking
from tests.faults.postgresql import Server
from tests.faults.small_disk import SmallDisk, small_disk
from tests.faults.test_failing_databases import collect_what_is_due
from tests.faults.works import WORKS, Work, furnish
from tests.faults.world import Facts, collection, facts, insist_on

BY_HAND = bool(os.environ.get("FLOWMETER_FULL_DISKS"))
WORK = {work.name: work for work in WORKS}
#: What writes files, and how much room it has: less than it takes, in bytes. The second half by hand.
TRIED = [
    *(("refresh", 0), ("lake export", 200_000), ("archive load", 4_096)),
    *(("refresh", 400_000), ("backup", 100_000), ("refresh of a lake", 300_000)),
][: None if BY_HAND else 1]
#: What is collected, from where, what comes of it when nothing is full, and a folder for clones.
Collected = tuple[Configuration, Simulator, Facts, Path]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 60) as made:
        yield made


@pytest.fixture(scope="module")
def held_by_postgresql(server: Server, collected: Path) -> str:
    url = server.database("held")
    engine = connect(url)
    restore(collected, engine)
    engine.dispose()
    return url


def insist_on_room(
    work: Work, left: int, url: str, disk: SmallDisk, forking: Forking, collected: Path, log: Path
) -> None:
    """A command in a folder on a disk that is full ends in one sentence, and works when there is room."""
    home = disk.folder / "home"
    home.mkdir()
    furnish(home, 9)
    shutil.copy(collected.with_name("first.db"), home / "held.db")
    variables = {"FLOWMETER_DATABASE_URL": url, "FLOWMETER_CONFIG": str(home / "flowmeter.toml")}
    if work.before:
        assert forking.run(work.before, home, log, **variables) == 0, log.read_text()
    disk.fill(left)
    status = forking.run(work.arguments, home, log, **variables)
    words = log.read_text()
    assert (status in (1, 2), "Traceback" in words) == (True, False), words
    said = words.strip().splitlines()[-1]
    assert "disk is full" in said or "No space left on device" in said, words
    assert "oom" in said, "it names the cure: room"
    disk.empty()
    assert forking.run(work.arguments, home, log, **variables) == 0, log.read_text()
    engine = connect(url.replace("///held", f"///{home}/held"))
    work.outcome(engine, home)
    engine.dispose()


@pytest.mark.parametrize(("name", "left"), TRIED)
def test_an_installation_whose_disk_is_full_says_so_and_goes_on_when_there_is_room(
    name: str, left: int, disk: SmallDisk, forking: Forking, collected: Path, tmp_path: Path
) -> None:
    insist_on_room(WORK[name], left, "sqlite:///held.db", disk, forking, collected, tmp_path / "log")


@pytest.mark.postgresql
@pytest.mark.parametrize(("name", "left"), TRIED)
def test_so_does_one_whose_database_is_elsewhere(
    name: str,
    left: int,
    disk: SmallDisk,
    held_by_postgresql: str,
    forking: Forking,
    collected: Path,
    tmp_path: Path,
) -> None:
    insist_on_room(WORK[name], left, held_by_postgresql, disk, forking, collected, tmp_path / "log")


def insist_that_a_collection_heals(
    server: Server, disk: SmallDisk, rooms: tuple[int, ...], collected_from: Collected
) -> set[str]:
    """Collect while the disk has little room, then with all of it: everything is there; what was said."""
    settled, github, undisturbed, folder = collected_from
    engine = connect(server.database("full"))
    Record.metadata.create_all(engine)
    said: set[str] = set()
    for left in rooms:
        disk.fill(left)
        try:
            ends = collect_what_is_due(collection(engine, settled, github.url), folder)
            said |= {str(end.error) for end in ends if end.state == "failed"}
        except Unavailable as error:
            said.add(f"{error.to}: {error.happened}")
        except FORESEEN as error:
            told = in_words(error)
            said.add(f"{told.to}: {told.happened}")
        disk.empty()
        server.mend()
    ends = collect_what_is_due(collection(engine, settled, github.url), folder)
    assert {end.state for end in ends} <= {"done"}
    insist_on(facts(engine), undisturbed, "a full disk under PostgreSQL")
    engine.dispose()
    return said


@pytest.fixture
def collected_from(
    settled: Configuration, github: Simulator, undisturbed: Facts, tmp_path: Path
) -> Collected:
    return settled, github, undisturbed, tmp_path / "work"


@pytest.mark.postgresql
def test_a_full_disk_under_postgresql_costs_a_sentence_and_nothing_else(
    collected_from: Collected, tmp_path: Path
) -> None:
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip("SKIPPED LOUDLY: there is no initdb here")
    with small_disk(Path("/tmp") / f"{tmp_path.name}-rows", 150) as disk:
        data = disk.folder / "data"
        data.mkdir()
        server = Server(programs, data)
        try:
            server.start()
            said = insist_that_a_collection_heals(
                server, disk, (100_000, 1_000_000, 2_500_000), collected_from
            )
        finally:
            server.remove()
    assert said == {"the database: its disk is full"}


@pytest.mark.postgresql
@pytest.mark.skipif(not BY_HAND, reason="by hand, with FLOWMETER_FULL_DISKS=1")
def test_a_full_disk_under_its_write_ahead_log_ends_postgresql_and_loses_nothing(
    collected_from: Collected, tmp_path: Path
) -> None:
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip("SKIPPED LOUDLY: there is no initdb here")
    with small_disk(Path("/tmp") / f"{tmp_path.name}-ahead", 40) as disk:
        ahead = disk.folder / "ahead"
        ahead.mkdir()
        server = Server(programs, ahead=ahead)
        try:
            server.start()
            said = insist_that_a_collection_heals(server, disk, (0, 500_000, 1_500_000), collected_from)
            panics = server.said.count("PANIC")
        finally:
            server.remove()
    # Whoever was at work when it ended hears that, and everybody else that nobody answers.
    assert said <= {"the database: its disk is full", "the database: it does not answer"}
    assert said
    assert panics
