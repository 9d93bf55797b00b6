"""Each fault is planted for real, and the doctor finds it, names its cure and says so by its exit status."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from collector.doctor import database, examine, locks, machine
from collector.git import clones
from collector.simulator.server import Simulator
from collector.supervisor import free_port
from db import leases, migration
from db.adhoc.reader import ROLE
from db.engine import connect, writing
from db.people.identities import email_identity, identity_key
from db.repositories import register
from db.schema import table
from db.upsert import upsert
from tests.collector.doctor.examining import (
    NOW,
    ROOT,
    asked,
    configured,
    followed,
    found,
    github,
    insert,
    states,
)


def test_a_sound_installation_has_nothing_wrong_and_its_status_says_so(held: Engine) -> None:
    assert {each.state for each in examine(NOW)} <= {"good", "attention"}
    assert asked().exit_code == 0


def test_no_token(held: Engine) -> None:
    assert found("GitHub").next_step.startswith("export GITHUB_TOKEN=…, a token without any scope")


def test_a_token_that_may_do_more_than_read(held: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with github(monkeypatch, **{"X-OAuth-Scopes": "read:org, repo, delete_repo"}):
        finding = found("GitHub scopes")
    assert finding.found.endswith("more than reading needs: delete_repo, repo")
    assert "without any scope" in finding.next_step


def test_a_token_that_github_does_not_accept(held: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with github(monkeypatch):
        monkeypatch.setenv("GITHUB_TOKEN", "bad-token")
        finding = found("GitHub")
        assert (finding.state, asked().exit_code) == ("wrong", 1)
    assert "does not accept the token" in finding.found


def test_a_clock_that_is_wrong(held: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with Simulator(scale=0.001, seed=3, wall_clock=lambda: time.time() + 3600) as server:
        monkeypatch.setenv("FLOWMETER_GITHUB_URL", server.url)
        monkeypatch.setenv("GITHUB_TOKEN", "a-token")
        finding = found("clock")
    assert finding.found == "this machine's clock is 60 min behind GitHub's"
    assert "NTP" in finding.next_step


def test_a_disk_that_is_full_soon(held: Engine, home: Path) -> None:
    small = home / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        pytest.skip("SKIPPED LOUDLY: no small disk can be mounted here (that takes root)")
    os.chdir(small)
    try:
        finding = found("disk")
    finally:
        os.chdir(home)
        subprocess.run(["umount", small], check=True)
    assert finding.found.startswith("0.0 GB free")
    assert "Make room" in finding.next_step


def test_a_lease_and_a_line_of_a_process_that_was_killed(held: Engine) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as dead:
        dead.wait()
    host = leases.process_name().partition(":")[0]
    until = NOW + timedelta(minutes=20)
    insert(held, "leases", name="issues all", holder=f"{host}:{dead.pid}:1:a", token=1, expires_at=until)
    insert(
        held,
        "collector_runs",
        job="issues",
        target="all",
        state="running",
        started_at=NOW,
        heartbeat_at=NOW,
    )
    assert "takes it at once" in found("lease issues all").next_step
    assert "its process is no more" in found("issues all").found


def test_a_lease_by_a_clock_that_was_ahead(held: Engine) -> None:
    insert(
        held,
        "leases",
        name="issues all",
        holder="elsewhere:1:1:a",
        token=1,
        expires_at=NOW + timedelta(days=9),
    )
    assert "clock was ahead" in found("lease issues all").found


def test_no_scheduler(held: Engine) -> None:
    assert found("scheduler").next_step.startswith("flowmeter schedule")


def test_a_migration_that_is_behind(home: Path) -> None:
    engine = connect(f"sqlite:///{home}/var/flowmeter.db")
    migration.upgrade(engine, "0012")
    engine.dispose()
    finding = found("database")
    assert ("is at revision 0012" in finding.found, finding.next_step) == (True, "flowmeter db upgrade")
    followed(finding)
    assert states()["database"] == "good"


def test_a_migration_that_is_ahead(held: Engine) -> None:
    with held.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "or a later one" in found("database").next_step


def test_a_database_that_is_away(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port()}/flowmeter")
    finding = found("database")
    assert "cannot be opened" in finding.found
    assert "that the server runs" in finding.next_step


def test_a_database_that_another_writer_has_locked(
    held: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_MS", 50)
    with closing(sqlite3.connect(home / "var/flowmeter.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        finding = found("locks")
    assert (finding.state, "locked" in finding.found) == ("wrong", True)
    assert f"kill {os.getpid()};" in finding.next_step


@pytest.mark.postgresql
def test_a_table_that_another_session_has_locked(
    held_by_postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_MS", 50)
    with held_by_postgresql.begin() as connection:
        connection.execute(text("LOCK TABLE leases IN SHARE MODE"))
        assert "locked" in found("locks").found


def test_a_cursor_that_is_damaged(held: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "tensorflow/tensorflow"
    with writing(held).begin() as connection:
        register(connection, {name: "core"})
        connection.execute(table("repositories").update().values(clone_url="file:///dev/null"))
    for job in ("issues", "commits"):
        for target in (name, "nobody/follows-it-now"):
            insert(held, "cursors", job=job, target=target, cursor='{"page": 3', updated_at=NOW)
    command = f"flowmeter collect {{}} --repository {name}:"
    asking, cloning = (found(f"cursor {job} {name}").next_step for job in ("issues", "commits"))
    assert asking.startswith(f"give it a GITHUB_TOKEN, then {command.format('issues')}")
    assert cloning.startswith(command.format("commits"))
    with github(monkeypatch):
        assert found(f"cursor issues {name}").next_step.startswith(command.format("issues"))
        assert not [check for check in states() if "nobody" in check]


def test_a_clone_that_is_damaged(held: Engine, home: Path) -> None:
    work = home / "work"
    run = [
        ["git", "init", "-q", "-b", "main", str(work)],
        ["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "x"],
    ]
    subprocess.run(run[0], check=True)
    (work / "file").write_text("contents\n" * 99)
    subprocess.run(["git", "-C", work, "add", "."], check=True)
    subprocess.run(run[1], check=True)
    with clones.opened(work.as_uri(), "owner/name"):
        pass
    assert list(machine.clones()) == []
    for part in (home / "var/clones/owner+name.git/objects").rglob("*"):
        if part.is_file() and "info" not in part.parts:
            part.chmod(0o644)
            part.write_bytes(part.read_bytes()[:-25])
    finding = found("clone")
    assert finding.next_step == "rm -r var/clones/owner+name.git; the next run clones it anew"
    followed(finding)
    assert "clone" not in states()


def test_a_source_that_is_stale(held: Engine, home: Path) -> None:
    with writing(held).begin() as connection:
        register(connection, {"tensorflow/tensorflow": "core"})
        row = {"job": "issues", "target": "tensorflow/tensorflow", "cursor": "{}"}
        upsert(
            connection,
            table("cursors"),
            [row | {"updated_at": NOW, "finished_at": NOW - timedelta(days=3)}],
        )
    finding = found("issues stale")
    assert (finding.state, "tensorflow/tensorflow" in finding.found) == ("wrong", True)
    assert finding.next_step.startswith("give it a GITHUB_TOKEN, then flowmeter collect issues:")


def test_a_job_that_fails(held: Engine) -> None:
    with writing(held).begin() as connection:
        register(connection, {"tensorflow/tensorflow": "core"})
    told = {"error": "GitHub: is on fire", "next_step": "Put it out"}
    for target in ("tensorflow/tensorflow", "nobody/follows-it-now"):
        row = {"job": "issues", "target": target, "state": "failed", "started_at": NOW}
        insert(held, "collector_runs", **row, **told, heartbeat_at=NOW, ended_at=NOW)
    finding = found("issues tensorflow/tensorflow")
    assert finding.row[2:] == ("failed: GitHub: is on fire", "Put it out")
    assert not [check for check in states() if "nobody" in check]


def test_a_value_of_the_configuration_that_cannot_be(held: Engine, home: Path) -> None:
    configured(home, 'activity = "*/30 * * * *"', 'activity = "every half hour"')
    finding = found("configuration")
    assert "schedule.activity = 'every half hour': write five cron fields" in finding.found
    assert "docs/configuration.md" in finding.next_step


def test_an_identity_key_that_is_missing_or_another_one(
    held: Engine, no_kept_key: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWMETER_IDENTITY_KEY", "the first key")
    insert(held, "identities", **email_identity("17+ada@users.noreply.github.com", "Ada", NOW, NOW))
    assert "identity key" in {each.check for each in examine(NOW) if each.state == "good"}
    monkeypatch.delenv("FLOWMETER_IDENTITY_KEY")
    assert found("identity key").found == "addresses are held, and their key is not here"
    monkeypatch.setenv("FLOWMETER_IDENTITY_KEY", "another key")
    identity_key.cache_clear()
    finding = found("identity key")
    assert "another one" in finding.found
    assert "var/identity.key back" in finding.next_step


def test_a_mail_server_that_is_away(held: Engine, home: Path) -> None:
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {free_port()}\nsender = "flowmeter@example.org"\n\n[targets]'
    configured(home, "[targets]", mail)
    finding = found("mail")
    assert (finding.state, "does not answer" in finding.found) == ("wrong", True)
    assert "none is lost" in finding.next_step


@pytest.mark.postgresql
def test_a_read_only_role_that_cannot_log_in(
    held_by_postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = held_by_postgresql.url.set(username="no_such_reader")
    monkeypatch.setenv("FLOWMETER_READER_URL", elsewhere.render_as_string(hide_password=False))
    finding = found("read-only role")
    assert (finding.state, "flowmeter db reader" in finding.next_step) == ("wrong", True)
    monkeypatch.delenv("FLOWMETER_READER_URL")
    good = {each.check: each.found for each in examine(NOW) if each.state == "good"}
    assert good["read-only role"] == f"ad hoc SQL logs in as {ROLE}"
    with held_by_postgresql.begin() as connection:
        connection.execute(text("DROP VIEW published.commits"))
    cut_off = found("read-only role")
    assert " views: a migration was cut off" in cut_off.found
    assert asked(*cut_off.next_step.split()[1:]).exit_code == 0
    assert "read-only role" in {each.check for each in examine(NOW) if each.state == "good"}


def test_a_sqlite_file_without_locks(held: Engine, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held.dispose()
    with closing(sqlite3.connect(home / "var/flowmeter.db")) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", f"sqlite:///file:{home}/var/flowmeter.db?nolock=1&uri=true")
    finding = found("SQLite")
    assert "not wal" in finding.found
    assert finding.next_step == "Give a plain path, sqlite:///PATH, on a local disk"


def test_a_sqlite_file_on_a_network_disk(held: Engine, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = home / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/export {home} nfs4 rw 0 0\n")
    monkeypatch.setattr(database, "MOUNTS", mounts)
    finding = found("SQLite")
    assert "network file system (nfs4)" in finding.found
    assert "flowmeter db copy" in finding.next_step


def test_half_a_backup_of_a_process_that_was_killed(held: Engine, home: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from db.transfer import backup\n"
        "with backup._beside(Path('var/b.db')) as place:\n"
        "    place.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
    finding = found("backup")
    assert finding.next_step.startswith("rm -r var/.flowmeter-backup-")
    followed(finding)
    assert "backup" not in states()


def test_numbers_that_were_never_computed(held: Engine) -> None:
    finding = found("metrics")
    assert finding.next_step == "flowmeter metrics refresh"
    followed(finding)
    assert states()["metrics"] == "good"


def test_a_damaged_cursor_is_mended_by_what_the_doctor_says(
    held: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = "tensorflow/tensorflow"
    with github(monkeypatch):
        assert asked("collect", "repositories").exit_code == 0
        insert(held, "cursors", job="forks", target=target, cursor='{"page": 3', updated_at=NOW)
        followed(found(f"cursor forks {target}"))
        assert f"cursor forks {target}" not in states()
