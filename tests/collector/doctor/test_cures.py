"""Each cure is carried out to the letter, as somebody tired would, and the doctor is content afterwards."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, delete, func, select, text

from collector.doctor import database, locks, machine
from collector.simulator.faults import Rule
from collector.simulator.server import Simulator
from collector.supervisor import free_port
from dashboard.delivery.recipients import sealed
from db import leases
from db.people.identities import KEY_FILE, email_identity, identity_key
from db.schema import table
from tests.collector.doctor.examining import (
    NOW,
    asked,
    command,
    configured,
    examined,
    followed,
    found,
    github,
    insert,
    states,
)
from tests.faults.small_disk import small_disk
from tests.faults.works import Inbox

TENSORFLOW = "tensorflow/tensorflow"
SMALL = """[repositories]
core = ["tensorflow/tensorflow"]
"""


@pytest.fixture
def one_repository(home: Path) -> None:
    """A configuration of one repository."""
    path = home / "flowmeter.toml"
    head, _, rest = path.read_text().partition("[repositories]")
    _, _, tail = rest.partition("# Repositories of these roles are cloned")
    path.write_text(f"{head}{SMALL}\n# Repositories of these roles are cloned{tail}")


def contented(check: str) -> None:
    """The doctor finds nothing amiss there any more."""
    assert states().get(check, "good") == "good", check


def test_a_token_copied_to_the_letter_and_those_that_github_refuses_lead_to_one_that_is_good(
    held: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with github(monkeypatch, **{"X-OAuth-Scopes": "repo"}):
        monkeypatch.delenv("GITHUB_TOKEN")
        told = found("GitHub").next_step
        assert "without any scope: GitHub makes one under Settings" in told
        monkeypatch.setenv("GITHUB_TOKEN", told.partition("=")[2].partition(",")[0])
        assert found("GitHub").next_step == "Copy the token alone, without quotation marks or line ends"
        monkeypatch.setenv("GITHUB_TOKEN", "bad-token")
        assert "Make a new one at GitHub" in found("GitHub").next_step
        monkeypatch.setenv("GITHUB_TOKEN", "a-new-one")
        contented("GitHub")
        assert found("GitHub scopes").next_step.startswith("Make one without any scope")
    with github(monkeypatch):
        contented("GitHub")
        contented("GitHub scopes")


def test_a_clock_that_is_set_right(held: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = [3600.0]
    with Simulator(scale=0.001, seed=3, wall_clock=lambda: time.time() + ahead[0]) as server:
        monkeypatch.setenv("FLOWMETER_GITHUB_URL", server.url)
        monkeypatch.setenv("GITHUB_TOKEN", "a-token")
        assert "timedatectl set-ntp true" in found("clock").next_step
        ahead[0] = 0.0
        contented("clock")


def test_git_that_is_installed_and_a_disk_with_room(
    held: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(home))
    assert found("git").next_step.startswith("Install git")
    monkeypatch.setenv("PATH", path)
    contented("git")
    monkeypatch.setattr(machine, "LITTLE_DISK", 4_000_000)
    with small_disk(home / "small", 8) as disk:
        monkeypatch.chdir(disk.folder)
        disk.fill(1_000_000)
        assert found("disk").next_step.startswith("Make room")
        disk.empty()
        contented("disk")
        monkeypatch.chdir(home)


def test_what_a_killed_process_left_is_gone_after_the_command_that_is_named(
    held: Engine, one_repository: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as dead:
        dead.wait()
    host, name = leases.process_name().partition(":")[0], f"repositories {TENSORFLOW}"
    until = NOW + timedelta(minutes=20)
    insert(held, "leases", name=name, holder=f"{host}:{dead.pid}:1:a", token=1, expires_at=until)
    row = {"job": "repositories", "target": TENSORFLOW, "state": "running"}
    insert(held, "collector_runs", **row, started_at=NOW, heartbeat_at=NOW)
    far = {"holder": "elsewhere:1:1:a", "token": 1, "expires_at": NOW + timedelta(days=9)}
    insert(held, "leases", name=f"history_counts {TENSORFLOW}", **far)
    ahead = found(f"lease history_counts {TENSORFLOW}")
    with github(monkeypatch):
        followed(found(name))
        contented(name)
        contented(f"lease {name}")
        assert ahead.next_step.endswith("whoever wants it next takes it")
        assert asked("collect", "history_counts").exit_code == 0
        contented(ahead.check)


def test_a_scheduler_that_is_started(held: Engine, one_repository: None, home: Path) -> None:
    program, *arguments = command(found("scheduler"))
    assert program == "flowmeter"
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(
            [Path(sys.executable).with_name(program), *arguments, "--grace", "1"], stderr=log
        ) as scheduler,
    ):
        deadline = time.monotonic() + 30
        while states()["scheduler"] != "good" and time.monotonic() < deadline:
            time.sleep(0.2)
        contented("scheduler")
        scheduler.send_signal(signal.SIGTERM)
    assert scheduler.returncode == 0, (home / "log").read_text()


def test_an_address_of_the_database_that_is_put_right(
    held: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = os.environ["FLOWMETER_DATABASE_URL"]
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port()}/flowmeter")
    assert "Check FLOWMETER_DATABASE_URL" in found("database").next_step
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", right)
    contented("database")
    held.dispose()
    with closing(sqlite3.connect(home / "var/flowmeter.db")) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", f"sqlite:///file:{home}/var/flowmeter.db?nolock=1&uri=true")
    assert found("SQLite").next_step == "Give a plain path, sqlite:///PATH, on a local disk"
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", f"sqlite:///{home}/var/flowmeter.db")
    contented("SQLite")


@pytest.mark.postgresql
def test_a_file_on_a_network_disk_that_moves_to_postgresql(
    held: Engine, home: Path, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = home / "mounts"
    mounts.write_text(f"server:/export {home} nfs4 rw 0 0\n")
    monkeypatch.setattr(database, "MOUNTS", mounts)
    words = [empty_postgresql if each == "URL" else each for each in command(found("SQLite"))]
    assert asked(*words[1:]).exit_code == 0
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", empty_postgresql)
    contented("SQLite")
    contented("database")


def test_a_damaged_file_that_is_moved_away_for_a_backup(held: Engine, home: Path) -> None:
    assert asked("db", "backup", "whole.backup").exit_code == 0
    held.dispose()
    file = home / "var/flowmeter.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\x55" * (len(whole) - 4096))
    finding = found("database")
    assert (finding.state, "its file is damaged" in finding.found) == ("wrong", True)
    followed(finding)
    restored = finding.next_step.partition("; then ")[2].partition(",")[0].replace("BACKUP", "whole.backup")
    done = asked(*restored.split()[1:])
    assert done.exit_code == 0, done.output
    contented("database")


def test_a_process_that_writes_without_end_is_named_and_ended(
    held: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_MS", 50)
    script = (
        "import sqlite3, sys, time; c = sqlite3.connect('var/flowmeter.db', isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        finding = found("locks")
        assert f"process {writer.pid} ({sys.executable}" in finding.found
        followed(finding)
        assert writer.wait(30) == -signal.SIGTERM
    contented("locks")


@pytest.mark.postgresql
def test_so_is_a_session(held_by_postgresql: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE_MS", 50)
    with held_by_postgresql.connect() as other:
        other.execute(text("LOCK TABLE leases IN SHARE MODE"))
        finding = found("locks")
        assert "session" in finding.found
        statement = finding.next_step.partition("psql: ")[2].partition(";")[0]
        with held_by_postgresql.connect() as administrator:
            assert administrator.scalar(text(statement)) is True
        contented("locks")
        other.invalidate()


@pytest.mark.postgresql
def test_a_key_that_is_put_back(
    held_by_postgresql: Engine, home: Path, no_kept_key: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLOWMETER_IDENTITY_KEY")
    assert asked("db", "reader").exit_code == 0
    noreply = email_identity("17+ada@users.noreply.github.com", "Ada", NOW, NOW)
    insert(held_by_postgresql, "identities", **noreply)
    kept = KEY_FILE.read_bytes()
    contented("identity key")
    KEY_FILE.unlink()
    identity_key.cache_clear()
    for check in ("identity key", "read-only role"):
        assert "put var/identity.key back" in found(check).next_step
    assert not KEY_FILE.exists(), "the doctor makes no other one"
    KEY_FILE.write_text("another key")
    assert "another one" in found("identity key").found
    KEY_FILE.write_bytes(kept)
    identity_key.cache_clear()
    contented("identity key")
    contented("read-only role")


@pytest.mark.postgresql
def test_a_role_for_readers_that_is_made(held_by_postgresql: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    other = held_by_postgresql.url.set(username="a_reader_of_ours", password="words")
    monkeypatch.setenv("FLOWMETER_READER_URL", other.render_as_string(hide_password=False))
    try:
        followed(found("read-only role"))
        contented("read-only role")
    finally:
        with held_by_postgresql.begin() as connection:
            connection.execute(text("DROP OWNED BY a_reader_of_ours"))
            connection.execute(text("DROP ROLE a_reader_of_ours"))


def test_what_collecting_left_undone_is_done_by_the_commands_that_are_named(
    held: Engine, one_repository: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found("facts").next_step.endswith("flowmeter collect")
    with github(monkeypatch) as server:
        server.faults.replace([Rule("forbidden", path="/graphql")], seed=1)
        assert asked("collect", "history_counts").exit_code == 1
        name = f"history_counts {TENSORFLOW}"
        assert "Check that the token may read it" in found(name).next_step
        server.faults.clear()
        followed(found("history_counts due"))
        followed(found("repositories due"))
        contented(name)
        contented("repositories due")
        contented("facts")
        cursors = table("cursors")
        with held.begin() as connection:
            connection.execute(
                cursors.update()
                .where(cursors.c.job == "repositories")
                .values(finished_at=NOW - timedelta(days=9))
            )
        followed(found("repositories stale"))
        contented("repositories stale")


def test_commits_that_were_lost_come_back_by_the_command_that_is_named(
    held: Engine, one_repository: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = table("commits")
    with github(monkeypatch):
        assert asked("collect", "repositories", "commits", "reconciliation").exit_code == 0
        with held.begin() as connection:
            whole = connection.scalar(select(func.count()).select_from(commits))
            lost = select(commits.c.sha).order_by(commits.c.sha).limit(3)
            connection.execute(delete(commits).where(commits.c.sha.in_(lost)))
        assert asked("collect", "reconciliation").exit_code == 0
        followed(found(f"totals {TENSORFLOW}"))
        contented(f"totals {TENSORFLOW}")
    with held.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(commits)) == whole


def test_values_of_the_configuration_that_are_put_right(held: Engine, home: Path) -> None:
    configured(home, 'activity = "*/30 * * * *"', 'activity = "every half hour"')
    assert "write five cron fields" in found("configuration").found
    configured(home, 'activity = "every half hour"', 'activity = "*/30 * * * *"')
    contented("configuration")
    configured(home, "sources = []", 'sources = ["results"]')
    assert found("benchmarks").next_step.startswith("Give a path that exists")
    (home / "results").mkdir()
    contented("benchmarks")
    configured(home, "run = []", 'run = ["no-such-suite"]')
    assert "is no suite. Choose from xla-cpu" in found("configuration").found
    configured(home, 'run = ["no-such-suite"]', "run = []")
    contented("configuration")
    proxy = '[sign_in]\ncovers = "everything"\nanyone = true\n[sign_in.proxy]\naddresses = ["10.0.0.0/8"]\n'
    configured(home, "[benchmarks]", f'{proxy}user = "X-User"\n\n[benchmarks]')
    assert found("sign-in").next_step == "Name the proxy's own address"
    configured(home, "10.0.0.0/8", "10.0.0.7")
    contented("sign-in")


def test_a_mail_server_that_is_back(held: Engine, home: Path) -> None:
    controller = Controller(Inbox(), hostname="127.0.0.1", port=free_port())
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {controller.port}\nsecurity = "none"\n'
    configured(home, "\n[targets]", f'\n{mail}sender = "flowmeter@example.org"\n\n[targets]')
    assert "letters wait meanwhile" in found("mail").next_step
    controller.start()
    try:
        contented("mail")
    finally:
        controller.stop()


def test_an_address_that_is_put_right_and_one_that_a_later_letter_reaches(held: Engine, home: Path) -> None:
    people = (
        '[[reports.recipients]]\naudience = "steering"\nemail = ["one@example.org", "two@example.org"]\n\n'
    )
    configured(home, "\n[targets]", f"\n{people}[targets]")
    row = {
        "kind": "report",
        "name": "weekly",
        "scope": "project",
        "audience": "steering",
        "channel": "email",
        "attempts": 1,
        "next_attempt_at": NOW,
        "due_at": NOW,
    }

    def delivered(number: int, address: str, **how: object) -> None:
        key = sealed("recipient", "email", address)
        insert(held, "deliveries", delivery_id=number, recipient=key, label=address, **row, **how)

    for number, address in enumerate(("one@example.org", "two@example.org")):
        delivered(number, address, state="failed", error="550", updated_at=NOW - timedelta(days=1))
    lines = [each.found for each in examined() if each.check == "report weekly"]
    assert lines == ["one@example.org was not reached: 550", "two@example.org was not reached: 550"]
    configured(home, "one@example.org", "another@example.org")
    finding = found("report weekly")
    assert finding.next_step.startswith("Put the address right in flowmeter.toml, or take it out")
    assert finding.next_step.endswith("the next letter that arrives ends this")
    delivered(2, "two@example.org", state="sent", sent_at=NOW, updated_at=NOW)
    contented("report weekly")
