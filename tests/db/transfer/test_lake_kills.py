"""An export of the lake that is killed leaves what was there, and the next one neither loses nor doubles."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import duckdb
from sqlalchemy import Engine, delete, select

from db.engine import writing
from db.lake.export import export
from db.schema import table

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
#: Exports again and again in children of its own, each of which kills itself a little later on its way:
#: at every so many calls that touch files, then at each that moves or removes one. Prints what a reader
#: finds afterwards.
CHILDREN = """
import itertools, json, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from db.engine import connect
from db.lake.export import export
from db.lake.snapshot import current

url, lake = sys.argv[1], Path(sys.argv[2])
MOVES = {"os.rename", "os.symlink", "os.remove", "os.rmdir", "shutil.rmtree"}
EVERY = MOVES | {"open", "os.mkdir", "os.link", "os.listdir", "os.scandir"}

def die_at(moment, events):
    left = moment
    def hook(event, arguments):
        nonlocal left
        if event in events and str(lake) in str(arguments[0]):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    return hook

for events, moments in ((EVERY, range(1, 10_000, 110)), (MOVES, itertools.count(1))):
    for moment in moments:
        child = os.fork()
        if child == 0:
            sys.addaudithook(die_at(moment, events))
            export(connect(url), lake, now=datetime(2026, 3, 1, 13, tzinfo=UTC))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        held = current(lake)
        parts = [part for each in held.manifest.tables.values() for part in each.parts]
        whole = all((held.folder / part.path).stat().st_size == part.bytes for part in parts)
        print(json.dumps([status, whole, sorted(part.path for part in parts)]))
        if status == 0:
            break
    # The second round begins with something new as well.
    with connect(url).begin() as connection:
        connection.exec_driver_sql("DELETE FROM labels")
"""


def test_an_export_killed_at_any_moment_loses_and_doubles_nothing(
    sqlite_engine: Engine, any_rows: ModuleType, tmp_path: Path
) -> None:
    any_rows.fill(sqlite_engine, rows=6, seed=3)
    lake = tmp_path / "lake"
    first = paths(export(sqlite_engine, lake, now=NOW).snapshot.manifest.tables)
    with writing(sqlite_engine).begin() as connection:
        commits = table("commits")
        shas = connection.execute(select(commits.c.sha).order_by(commits.c.sha)).scalars().all()
        connection.execute(delete(commits).where(commits.c.sha == shas[0]))
    ran = subprocess.run(
        [sys.executable, "-c", CHILDREN, str(sqlite_engine.url), str(lake)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    killed = [each for each in found if each[0] == 9]
    assert len(found) - len(killed) == 2
    assert len(killed) >= 8
    assert all(whole for _, whole, _ in found)
    # A reader saw what was before, or what came, and nothing else.
    ended = [seen for status, _, seen in found if status == 0]
    assert {tuple(seen) for _, _, seen in found} == {tuple(first), *map(tuple, ended)}
    last = export(sqlite_engine, lake, now=NOW)
    assert not last.written
    with duckdb.connect(":memory:") as duck:
        files = f"read_parquet('{lake.resolve()}/current/commits/**/*.parquet')"
        assert [sha for (sha,) in duck.execute(f"SELECT sha FROM {files} ORDER BY sha").fetchall()] == shas[
            1:
        ]
    assert [each.name for each in (lake / "snapshots").iterdir() if not each.name.isdigit()] == []


#: The same, while rows go on being written between one export and the next.
GOING_ON = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from db.engine import connect
from db.lake.comparison import compare
from db.lake.export import export

url, lake = sys.argv[1], Path(sys.argv[2])
EVERY = {"open", "os.mkdir", "os.link", "os.rename", "os.symlink", "os.remove", "sqlite3.connect"}

def die_at(left):
    def hook(event, arguments):
        nonlocal left
        if event in EVERY:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    return hook

def in_a_child(work):
    child = os.fork()
    if child == 0:
        work()
        sys.stdout.flush()
        os._exit(0)
    return os.waitpid(child, 0)[1]

def exported(moment):
    sys.addaudithook(die_at(moment))
    export(connect(url), lake, now=datetime(2026, 3, 1, 13, tzinfo=UTC))

def compared():
    print("whole", [each.name for each in compare(connect(url), lake) if not each.equal])

# The first is sooner than any mark is closed, the last later than the lake is whole.
for number, moment in enumerate((1, 2, 4, 30, 120, 300, 420, 480, 100_000)):
    engine = connect(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE commits SET subject = 'written {number}'")
        connection.exec_driver_sql(f"UPDATE labels SET name = 'written {number}' WHERE number = {number}")
    engine.dispose()
    if in_a_child(lambda: exported(moment)):
        print("killed", flush=True)
    else:
        in_a_child(compared)
"""


def test_what_an_export_that_was_killed_had_read_is_read_again(
    sqlite_engine: Engine, any_rows: ModuleType, tmp_path: Path
) -> None:
    any_rows.fill(sqlite_engine, rows=6, seed=4)
    lake = tmp_path / "lake"
    export(sqlite_engine, lake, now=NOW)
    ran = subprocess.run(
        [sys.executable, "-c", GOING_ON, str(sqlite_engine.url), str(lake)],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    told = ran.stdout.splitlines()
    assert told.count("killed") >= 5
    assert told[-1] == "whole []"
    assert set(told) == {"killed", "whole []"}


def paths(tables: object) -> list[str]:
    assert isinstance(tables, dict)
    return sorted(part.path for each in tables.values() for part in each.parts)
