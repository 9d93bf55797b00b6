"""A load that is killed at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from db.engine import connect
from db.schema import Record
from flowmeter import app

HOURS = [f"2015-01-01T{hour:02}" for hour in range(4)]
CONFIGURATION = Path(__file__).parents[3] / "flowmeter.toml"
#: Kills itself before or after the Nth time that it does something.
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path

from collector.archive import engines, facts, lake, load, runs, selection, sources
from collector.collection import Collection
from collector.configuration import load as configured
from collector.run import _Ledger
from db.engine import connect

where, nth, when, folder, archive, configuration, *hours = sys.argv[1:]
owner, name = {
    "rename": (lake.Lake, "take"), "commit": (_Ledger, "commit"), "facts": (facts, "table_rows")
}[where]
original, calls = getattr(owner, name), 0

def wrapped(*given, **named):
    global calls
    calls += 1
    if (calls, when) == (int(nth), "before"):
        os.kill(os.getpid(), signal.SIGKILL)
    result = original(*given, **named)
    if (calls, when) == (int(nth), "after"):
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(owner, name, wrapped)
order = load.Order(
    [datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC) for hour in hours],
    sources.Folder(Path(archive)), selection.Wanted(), lake.Lake(Path(folder) / "lake"),
    partial(engines.engine_named, "local"), lambda: datetime.now(UTC),
)
held = connect(f"sqlite:///{folder}/flowmeter.db")
runs.load_archive(Collection(held, configured(Path(configuration)), None), order)
"""


@pytest.fixture
def four_hours(archive: Any) -> Any:
    """Four hours with a thread that goes on from one to the next."""
    for hour in range(4):
        at = f"2015-01-01T0{hour}"
        opened = {"created_at": "2015-01-01T00:00:00Z"}
        archive.write(
            f"2015-01-01-{hour}",
            [
                archive.issue("opened" if not hour else "edited", f"{at}:10:00Z", 1, comments=hour, **opened),
                archive.issue("opened", f"{at}:20:00Z", 10 + hour),
                archive.remark(f"{at}:30:00Z", 1, 500 + hour, **opened),
                archive.star(f"{at}:40:00Z", hour),
            ],
        )
    return archive


def test_a_load_that_is_killed_at_every_step_ends_as_if_it_never_was(
    tmp_path: Path, sqlite_engine: Engine, four_hours: Any, load_hours: Any, rows: Any
) -> None:
    load_hours(sqlite_engine, four_hours.folder, HOURS)
    killed = tmp_path / "killed"
    killed.mkdir()
    engine = connect(f"sqlite:///{killed}/flowmeter.db")
    Record.metadata.create_all(engine)
    load_hours(engine, four_hours.folder, [], lake=killed / "lake")
    steps = [("rename", "2", "after"), ("commit", "4", "before"), ("facts", "2", "after")]
    for step in steps:
        arguments = [*step, str(killed), str(four_hours.folder), str(CONFIGURATION), *HOURS]
        ended = subprocess.run(
            [sys.executable, "-c", KILLED, *arguments],
            cwd=Path(__file__).parents[3],
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL, (step, ended.stderr)

    load_hours(engine, four_hours.folder, HOURS, lake=killed / "lake")

    for name in ("archive_days", "comments", "identities", "issues"):
        expected, found = rows(sqlite_engine, name), rows(engine, name)
        assert found == expected
        assert expected
    (day,) = rows(engine, "archive_days")
    assert (day["stars"], day["events"]) == (4, 16)
    assert not list((killed / "lake" / "staging").iterdir())
    assert len(list((killed / "lake" / "events").glob("*/*.parquet"))) == 4
    engine.dispose()


def told(tmp_path: Path, *arguments: str) -> Any:
    """What `flowmeter archive …` says of the test's database."""
    environment = {
        "FLOWMETER_DATABASE_URL": f"sqlite:///{tmp_path}/flowmeter.db",
        "FLOWMETER_CONFIG": str(CONFIGURATION),
    }
    return CliRunner().invoke(app, ["archive", *arguments], env=environment)


def test_status_names_every_gap(
    tmp_path: Path, sqlite_engine: Engine, four_hours: Any, load_hours: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.migration.connect_current", lambda: sqlite_engine)
    assert "No hour has been asked for yet" in told(tmp_path, "status").stderr
    cut = four_hours.folder / "2015-01-01-2.json.gz"
    cut.write_bytes(cut.read_bytes()[:-20])
    load_hours(sqlite_engine, four_hours.folder, HOURS)
    load_hours(sqlite_engine, four_hours.folder, ["2015-01-01T06", "2015-01-01T07"])

    found = told(tmp_path, "status", "--format", "json")

    gaps = [
        (row["from"][-5:], row["to"][-5:], row["hours"], row["state"]) for row in json.loads(found.stdout)
    ]
    assert gaps == [
        ("02:00", "02:00", 1, "damaged"),
        ("04:00", "05:00", 2, "never asked for"),
        ("06:00", "07:00", 2, "missing"),
    ]
    assert "1 damaged, 3 loaded, 2 missing hours" in found.stderr


def test_a_load_that_finds_not_one_hour_says_so_and_fails(
    tmp_path: Path, sqlite_engine: Engine, four_hours: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.migration.connect_current", lambda: sqlite_engine)
    empty = tmp_path / "empty"
    empty.mkdir()
    order = [
        "load",
        "--from",
        "2015-01-01",
        "--to",
        "2015-01-01T03",
        "--lake",
        str(tmp_path / "lake"),
    ]
    ended = told(tmp_path, *order, "--source", str(empty))
    assert ended.exit_code == 1
    assert "Of 4 hours asked for: 4 missing." in ended.stderr
    assert "check that --source is the right place" in ended.stderr
    ended = told(tmp_path, *order, "--source", str(four_hours.folder))
    assert ended.exit_code == 0, ended.output
    assert "Of 4 hours asked for: 4 loaded." in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--from", "2014-12-31"], "begins before 2015"),
        (["--from", "2015-02-01", "--to", "2015-01-01"], "ends before it begins"),
        (["--from", "2015-01-01", "--to", "2015-01-01", "--engine", "flink"], "is no engine"),
        (["--from", "2015-01-01", "--to", "2015-01-01", "--name", "tensor flow"], "is no name"),
    ],
)
def test_orders_that_cannot_be_carried_out_are_refused_in_a_sentence(
    tmp_path: Path, archive: Any, arguments: list[str], why: str
) -> None:
    ended = told(
        tmp_path, "load", "--source", str(archive.folder), "--lake", str(tmp_path / "lake"), *arguments
    )
    assert ended.exit_code != 0
    assert why in str(ended.exception)
