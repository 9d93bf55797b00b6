"""Every command may be killed at any moment: what is there afterwards is as if nobody had."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from collector.supervisor import free_port
from db import migration
from db.engine import connect
from db.errors import DatabaseError
from db.transfer.backup import left_behind, restore, verify
from tests.faults.conftest import ROOT
from tests.faults.works import ANSWERS, held
from tests.faults.zygote import Zygote

#: Kills on each database; 300 by hand.
KILLS = int(os.environ.get("FLOWMETER_PROCESS_KILLS", "2"))
#: Until when a process is killed at the latest, in seconds.
LATEST = 1.5


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    sqlite = f"sqlite:///{tmp_path}/killed.db"
    engine = connect(sqlite if request.param == "sqlite" else request.getfixturevalue("empty_postgresql"))
    yield engine
    engine.dispose()


@pytest.fixture
def zygote(fresh: Engine, tmp_path: Path) -> Iterator[Zygote]:
    folder = tmp_path / "home"
    folder.mkdir()
    made = Zygote(
        folder,
        {
            "FLOWMETER_DATABASE_URL": fresh.url.render_as_string(hide_password=False),
            "FLOWMETER_IDENTITY_KEY": os.environ["FLOWMETER_IDENTITY_KEY"],
            "FLOWMETER_CONFIG": str(ROOT / "flowmeter.toml"),
        },
    )
    yield made
    made.close()


def test_whatever_is_killed_goes_on_as_if_nobody_had(
    fresh: Engine, zygote: Zygote, collected: Path, refreshed: dict[str, list[str]], tmp_path: Path
) -> None:
    draw = random.Random(11)
    killed: Counter[str] = Counter()
    said: list[str] = []

    def kill(arguments: list[str]) -> None:
        status, words = zygote.run(arguments, draw.uniform(0.01, LATEST))
        killed[" ".join(arguments[:2])] += status == -9
        said.append(words)

    # A migration that is interrupted leaves the revision before, and goes on from there.
    for _ in range(max(1, KILLS // 4)):
        kill(["db", "upgrade"])
    status, words = zygote.run(["db", "upgrade"])
    assert (status, migration.current(fresh)) == (0, migration.newest()), words
    assert migration.differences(fresh) == []
    restore(collected, fresh)

    port = str(free_port())
    target = tmp_path / "home" / "a.backup"
    commands = [
        ["metrics", "refresh"],
        ["db", "backup", str(target)],
        ["serve", "--port", port],
    ]
    order = [commands[place % len(commands)] for place in range(KILLS)]
    for arguments in order:
        before = sum(killed.values())
        while sum(killed.values()) == before:
            target.unlink(missing_ok=True)
            kill(arguments)
    assert not [words for words in said if "Traceback" in words]

    status, words = zygote.run(["metrics", "refresh"])
    assert status == 0, words
    found = held(fresh, *ANSWERS)
    assert {name: rows for name, rows in found.items() if rows != refreshed[name]} == {}
    target.unlink(missing_ok=True)
    status, words = zygote.run(["db", "backup", str(target)])
    assert (status, verify(target), left_behind(target.parent)) == (0, [], []), words
    print(dict(killed))


@pytest.mark.postgresql
def test_a_migration_gives_way_to_a_reader_and_changes_nothing(
    empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = connect(empty_postgresql)
    migration.upgrade(engine, "0020")
    reader = connect(make_url(empty_postgresql))
    with reader.connect() as reading:
        # A dashboard in the middle of a long question over every table.
        for name in ("metric_values", "contributions", "commits"):
            reading.execute(text(f'SELECT COUNT(*) FROM "{name}"'))
        monkeypatch.setattr(migration, "LOCK_SECONDS", 0.2)
        with pytest.raises(DatabaseError, match="now: another process has it locked"):
            migration.upgrade(engine)
        reading.execute(text("SELECT COUNT(*) FROM metric_values"))
    assert migration.current(engine) == "0020"
    migration.upgrade(engine)
    assert migration.current(engine) == migration.newest()
    assert migration.differences(engine) == []
    engine.dispose()
    reader.dispose()
