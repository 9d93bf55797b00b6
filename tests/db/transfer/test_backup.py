"""Backups: one file, whole or not at all, restored into either kind of database."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, select, text

from db.engine import connect
from db.errors import DatabaseError
from db.migration import downgrade
from db.transfer.backup import LIST, backup, left_behind, restore, verify
from db.transfer.database import verify_database
from db.transfer.fingerprint import tables


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def filled(request: pytest.FixtureRequest, any_rows: ModuleType) -> Engine:
    engine: Engine = request.getfixturevalue(f"migrated_{request.param}")
    any_rows.fill(engine, rows=30, seed=11)
    return engine


@pytest.fixture
def kept(migrated_sqlite: Engine, tmp_path: Path, any_rows: ModuleType) -> Path:
    """A backup of a SQLite database with thirty rows a table."""
    any_rows.fill(migrated_sqlite, rows=30, seed=3)
    backup(migrated_sqlite, tmp_path / "kept.db")
    return tmp_path / "kept.db"


def everything(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            one.name: sorted(repr(tuple(row)) for row in connection.execute(select(one))) for one in tables()
        }


def test_a_backup_restores_every_row_into_either_kind_of_database(filled: Engine, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    backup(filled, file)
    assert verify(file) == []
    restored = connect(f"sqlite:///{tmp_path}/restored.db")
    restore(file, restored)
    assert everything(restored) == everything(filled)
    assert verify_database(restored) == []
    restored.dispose()
    assert sorted(path.name for path in tmp_path.iterdir() if "backup" in path.name) == ["backup.db"]


def test_a_backup_of_an_older_version_is_migrated_on_the_way(kept: Path, tmp_path: Path) -> None:
    older = connect(f"sqlite:///{kept}")
    with older.begin() as connection:
        connection.execute(text(f"DROP TABLE {LIST}"))
    downgrade(older, "0014")
    older.dispose()
    _list_again(kept)
    assert verify(kept) == []
    restored = connect(f"sqlite:///{tmp_path}/restored.db")
    restore(kept, restored)
    with restored.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM people")) == 30
        assert connection.scalar(text("SELECT count(*) FROM address_accounts")) == 0
    restored.dispose()


def test_a_row_that_was_changed_added_or_lost_is_found(kept: Path) -> None:
    for statement, expected in (
        (
            "UPDATE people SET display_name = display_name || '.' WHERE rowid = 5",
            "rows of table people were changed",
        ),
        ("DELETE FROM alerts WHERE rowid = 5", "table alerts has 29 rows, and had 30"),
        ("DROP TABLE leases", "table leases is not there"),
    ):
        with closing(sqlite3.connect(kept)) as plain:
            plain.execute(statement)
            plain.commit()
        assert expected in "\n".join(verify(kept))


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_a_damaged_file_is_found_and_not_restored(kept: Path, tmp_path: Path, place: float) -> None:
    size = kept.stat().st_size
    with kept.open("r+b") as opened:
        opened.seek(int(size * place) // 4096 * 4096)
        opened.write(b"\xa5" * 8192)
    assert verify(kept)
    target = connect(f"sqlite:///{tmp_path}/target.db")
    with pytest.raises(DatabaseError, match=r"is damaged|is no backup"):
        restore(kept, target)
    target.dispose()


def test_a_file_that_is_cut_short_is_found(kept: Path) -> None:
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) * 2 // 3])
    assert verify(kept)


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\x00" + b"\x00" * 80])
def test_a_file_that_is_no_backup_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(content)
    with pytest.raises(DatabaseError, match=r"other\.db: is no backup"):
        verify(file)


def test_a_file_that_is_there_already_is_not_written_over(kept: Path, migrated_sqlite: Engine) -> None:
    content = kept.read_bytes()
    with pytest.raises(DatabaseError, match="is there already"):
        backup(migrated_sqlite, kept)
    assert kept.read_bytes() == content


def test_a_database_with_rows_is_not_restored_into(kept: Path, migrated_sqlite: Engine) -> None:
    with migrated_sqlite.begin() as connection:
        connection.execute(text("UPDATE people SET display_name = 'somebody since' WHERE rowid = 1"))
    before = everything(migrated_sqlite)
    with pytest.raises(DatabaseError, match="holds rows already"):
        restore(kept, migrated_sqlite)
    assert everything(migrated_sqlite) == before


def test_a_database_with_references_to_no_row_and_values_of_no_type_is_told(
    migrated_sqlite: Engine, any_rows: ModuleType
) -> None:
    any_rows.fill(migrated_sqlite, rows=5, seed=1)
    with closing(sqlite3.connect(str(migrated_sqlite.url.database))) as plain:
        plain.execute("DELETE FROM repositories WHERE rowid = 1")
        plain.execute("UPDATE releases SET day = 'tomorrow' WHERE rowid = 2")
        plain.commit()
    wrong = "\n".join(verify_database(migrated_sqlite))
    assert "refers to a row of repositories that is not there" in wrong
    assert "table releases holds a value that is not of its column's type" in wrong


#: The process in which a backup is killed: by the system, at the byte by which its file would grow larger
#: than so much of the finished one; or by itself, before or after the file is put in its place.
KILLED = """
import os, resource, signal, sys
from pathlib import Path
from db.engine import connect
from db.transfer import backup

url, file, moment, size = sys.argv[1:]
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
if moment == "before":
    sys.addaudithook(lambda event, _: event == "os.link" and kill())
elif moment == "after":
    link = os.link
    os.link = lambda *given: (link(*given), kill())
else:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(float(moment) * int(size)),) * 2)
backup.backup(connect(url), Path(file))
"""


def test_a_backup_that_is_killed_leaves_no_part_of_a_backup_in_its_place_and_the_database_as_it_was(
    filled: Engine, tmp_path: Path
) -> None:
    before = everything(filled)
    file = tmp_path / "backup.db"
    backup(filled, tmp_path / "whole.db")
    size = (tmp_path / "whole.db").stat().st_size
    url = filled.url.render_as_string(hide_password=False)
    for moment in ("0.01", "0.3", "0.6", "0.99", "before", "after"):
        program = [sys.executable, "-c", KILLED, url, str(file), moment, str(size)]
        ended = subprocess.run(program, capture_output=True, text=True, check=False)
        by = signal.SIGKILL if moment in ("before", "after") else signal.SIGXFSZ
        assert ended.returncode == -by, f"{moment}: {ended.stderr}"
        # Whole, when it was in its place already; or not there, and what there is of it is known as such.
        assert file.exists() == (moment == "after")
        (left,) = left_behind(tmp_path)
        assert (left / "backup.db").stat().st_size > 0
    assert verify(file) == []
    file.unlink()
    assert everything(filled) == before
    backup(filled, file)
    assert verify(file) == []
    assert left_behind(tmp_path) == []


def _list_again(file: Path) -> None:
    """The list as the older version would have written it: of the tables that it had."""
    from db.transfer import backup as module

    module._list_what_is_held(file)
