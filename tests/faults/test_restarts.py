"""PostgreSQL that is restarted in the middle of any kind of work costs a sentence and nothing else.

By hand, with more moments of each, and with the kinds that take longest: FLOWMETER_RESTARTS=20.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from db.engine import connect
from db.transfer.backup import restore
from tests.faults.postgresql import Server
from tests.faults.proxy import Way
from tests.faults.works import WORKS, Inbox, Work, furnish, left_open, mail_server
from tests.faults.zygote import Zygote

pytestmark = pytest.mark.postgresql
#: How often each kind of work is hit.
RESTARTS = int(os.environ.get("FLOWMETER_RESTARTS", "1"))
#: Kinds that share their way with another one that is tried each time.
BY_HAND = (
    *("refresh", "report", "copy from", "people import", "lake export"),
    *("refresh of a lake", "restore", "bench ingest"),
)


@dataclass(frozen=True)
class Undisturbed:
    """A command that nothing was in the way of: what it said and brought about, and its moments."""

    told: str
    moments: int
    mails: set[tuple[str, str]]
    outcome: object


@dataclass
class Place:
    """A server with databases to begin with, the way to it, a mail server, and who carries out commands."""

    server: Server
    way: Way
    inbox: Inbox
    zygote: Zygote
    collected: Path
    folder: Path
    person: str = ""
    decisions: str = ""
    count: int = 0
    refreshed: Undisturbed | None = None

    def copy_of(self, name: str) -> str:
        """The address of a copy of a database."""
        self.count += 1
        self.administer(f'CREATE DATABASE copy_{self.count} TEMPLATE "{name}"')
        return f"{self.server.url.rpartition('/')[0]}/copy_{self.count}"

    def administer(self, statement: str) -> None:
        """Run a statement on the server itself."""
        admin = create_engine(self.server.url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(statement))
        admin.dispose()

    def home(self) -> Path:
        """A folder with all that commands read."""
        folder = self.folder / f"home-{self.count}"
        folder.mkdir()
        furnish(folder, self.inbox.port)
        shutil.copy(self.collected, folder / "held.backup")
        shutil.copy(self.collected.with_name("first.db"), folder / "held.db")
        (folder / "decisions.toml").write_text(self.decisions)
        return folder

    def prepare(self, work: Work, url: str, folder: Path) -> None:
        """What has to have been done before its command."""
        if work.before:
            status, words = self.zygote.run(work.before, folder=folder, FLOWMETER_DATABASE_URL=url)
            assert status == 0, words

    def run(self, work: Work, url: str, folder: Path) -> tuple[int, str]:
        """Exit status and words of its command, over the way."""
        told = {"{person}": self.person, "{database}": self.way.url(url)}
        return self.zygote.run(
            [told.get(each, each) for each in work.arguments],
            folder=folder,
            FLOWMETER_DATABASE_URL=(
                "sqlite:///held.db" if "{database}" in work.arguments else self.way.url(url)
            ),
            FLOWMETER_CONFIG=str(folder / "flowmeter.toml"),
        )


def undisturbed(place: Place, work: Work, url: str) -> Undisturbed:
    """Run a command to its end."""
    folder = place.home()
    place.prepare(work, url, folder)
    place.way.expect(None)
    place.inbox.taken.clear()
    status, told = place.run(work, url, folder)
    assert status == 0, told
    return Undisturbed(told, place.way.moments, set(place.inbox.taken), outcome(work, url, folder))


def outcome(work: Work, url: str, folder: Path) -> object:
    """What has come of it; no run is left open."""
    engine = connect(url)
    try:
        assert left_open(engine) == []
        return work.outcome(engine, folder)
    finally:
        engine.dispose()


def odd_rows(came: object, wanted: object) -> object:
    """A few rows of each table that stand in one of two outcomes alone: pytest shows no end of such lists."""
    if not (isinstance(came, dict) and isinstance(wanted, dict)):
        return came
    return {
        name: {"came": sorted({*came[name]} - {*rows})[:5], "wanted": sorted({*rows} - {*came[name]})[:5]}
        for name, rows in wanted.items()
        if came[name] != rows
    }


@pytest.fixture(scope="module")
def place(server: Server, collected: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("restarts")
    zygote = Zygote(folder, {"FLOWMETER_IDENTITY_KEY": os.environ["FLOWMETER_IDENTITY_KEY"]})
    with mail_server() as inbox, Way(server.port) as way:
        made = Place(server, way, inbox, zygote, collected, folder)
        for name in ("facts", "nothing"):
            server.database(name)
        engine = connect(f"{server.url.rpartition('/')[0]}/facts")
        restore(collected, engine)
        engine.dispose()
        made.administer("CREATE DATABASE numbers TEMPLATE facts")
        numbers = f"{server.url.rpartition('/')[0]}/numbers"
        made.refreshed = undisturbed(made, WORKS[0], numbers)
        engine = connect(numbers)
        with engine.connect() as connection:
            logins = (
                "SELECT login FROM identities WHERE kind = 'login' AND person_id IS NOT NULL ORDER BY login"
            )
            made.person = str(connection.scalar(text(logins)))
        engine.dispose()
        decided = made.copy_of("numbers")
        for arguments in (["kind", made.person, "bot"], ["export", str(folder / "decisions.toml")]):
            status, said = zygote.run(["people", *arguments], FLOWMETER_DATABASE_URL=decided)
            assert status == 0, said
        made.decisions = (folder / "decisions.toml").read_text()
        yield made
    zygote.close()


@pytest.mark.parametrize(
    "work",
    [each for each in WORKS if RESTARTS > 1 or each.name not in BY_HAND],
    ids=lambda work: work.name.replace(" ", "-"),
)
def test_a_server_that_is_restarted_in_the_middle_of_it_costs_a_sentence_and_nothing_else(
    work: Work, place: Place
) -> None:
    draw = random.Random(work.name)
    known = place.refreshed if work.name == "refresh" else None
    whole = known or undisturbed(place, work, place.copy_of(work.of))
    for _ in range(RESTARTS):
        # Later than the first look at the database, which every command has in common.
        moment, mode = draw.randint(1 + whole.moments // 4, whole.moments), draw.choice(["fast", "immediate"])
        where = f"{work.name}, moment {moment} of {whole.moments}, {mode}"
        url, folder = place.copy_of(work.of), place.home()
        place.prepare(work, url, folder)
        place.way.expect(moment, lambda mode=mode: place.server.restart(mode))  # type: ignore[misc]
        place.inbox.taken.clear()
        status, words = place.run(work, url, folder)
        place.way.expect(None)
        assert "Traceback" not in words, f"{where}: {words}"
        if status:
            sentences = [line for line in words.splitlines() if line.startswith("flowmeter: ")]
            assert (status, len(sentences)) == (1, 1), f"{where}: {words}"
            assert "answer" in sentences[0] or "cannot be opened" in sentences[0], f"{where}: {words}"
            status, words = place.run(work, url, folder)
        assert status == 0, f"{where}: {words}"
        came = outcome(work, url, folder)
        assert came == whole.outcome, f"{where}: {odd_rows(came, whole.outcome)}"
        assert set(place.inbox.taken) == whole.mails, where
        if work.told:
            assert words == whole.told, where
