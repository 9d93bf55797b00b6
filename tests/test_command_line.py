"""The command line as a user meets it: one process a command, one clear sentence a mistake."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FLOWMETER_", "GITHUB_"))}
    return kept | {
        "FLOWMETER_CONFIG": str(ROOT / "flowmeter.toml"),
        "FLOWMETER_IDENTITY_KEY": "for tests",
        "COLUMNS": "200",
    }


@pytest.fixture
def flowmeter(tmp_path: Path, environment: dict[str, str]) -> Run:
    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flowmeter", *arguments],
            cwd=tmp_path,
            env=environment | changes,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_help_lists_every_command(flowmeter: Run) -> None:
    said = flowmeter("--help").stdout
    for command in (
        "up",
        "collect",
        "schedule",
        "serve",
        "metrics",
        "sql",
        "db",
        "simulate",
        "doctor",
        "bench",
        "people",
        "report",
    ):
        assert f" {command} " in said


def test_a_database_is_made_checked_and_asked(flowmeter: Run) -> None:
    assert flowmeter("db", "upgrade").returncode == 0
    assert flowmeter("db", "check").returncode == 0
    asked = flowmeter(
        "sql",
        "SELECT COUNT(*) AS n, :word AS word FROM repositories",
        "--param",
        "word=x",
        "--format",
        "json",
    )
    assert json.loads(asked.stdout) == [{"n": 0, "word": "x"}]
    assert flowmeter("db", "downgrade", "base").returncode == 0
    refused = flowmeter("sql", "SELECT 1")
    assert (refused.returncode, "flowmeter db upgrade" in refused.stderr) == (1, True)


def test_a_select_from_a_file_comes_as_csv_and_parquet(flowmeter: Run, tmp_path: Path) -> None:
    flowmeter("db", "upgrade")
    (tmp_path / "q.sql").write_text("SELECT 1 AS one, 'a,b' AS two")
    assert flowmeter("sql", "--file", "q.sql", "--format", "csv").stdout == 'one,two\n1,"a,b"\n'
    import pandas

    command = f"{sys.executable} -m flowmeter sql --file q.sql --format parquet > q.parquet"
    subprocess.run(
        command,
        shell=True,
        cwd=tmp_path,
        check=True,
        env=os.environ | {"FLOWMETER_CONFIG": str(ROOT / "flowmeter.toml")},
    )
    assert pandas.read_parquet(tmp_path / "q.parquet").to_dict("records") == [{"one": 1, "two": "a,b"}]


@pytest.mark.parametrize(
    ("arguments", "changes", "status", "sentence"),
    [
        (["up"], {"FLOWMETER_CONFIG": "nowhere.toml"}, 2, "nowhere.toml: cannot be read"),
        (["up"], {"FLOWMETER_DATABASE_URL": "mysql://x/y"}, 1, "names mysql, which is not supported"),
        (["up"], {"FLOWMETER_DATABASE_URL": "nonsense"}, 1, "is not a database URL"),
        (["up"], {"FLOWMETER_DATABASE_URL": "sqlite:////proc/no/x.db"}, 1, "the folder cannot be made"),
        (["collect", "everything"], {}, 2, "'everything': is no job. Choose from repositories"),
        (["collect", "commits", "--git", "."], {}, 2, "--git and --as belong together"),
        (["sql", "DELETE FROM people"], {}, 1, "only SELECT is allowed"),
        (["sql"], {}, 2, "give either a query or --file"),
        (["serve", "--port", "99999999"], {}, 2, "less than or equal to 65535"),
    ],
)
def test_each_mistake_gets_one_clear_sentence(
    flowmeter: Run, arguments: list[str], changes: dict[str, str], status: int, sentence: str
) -> None:
    if "FLOWMETER_DATABASE_URL" not in changes:
        flowmeter("db", "upgrade")
    ended = flowmeter(*arguments, **changes)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_taken_port_is_named_with_a_way_out(flowmeter: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = flowmeter("up", "--port", str(port))
    assert ended.returncode == 2
    assert f"127.0.0.1:{port}: the port cannot be used" in ended.stderr
    assert f"flowmeter up --port {port + 1}" in ended.stderr


def test_doctor_names_what_is_wrong_and_its_cure(flowmeter: Run) -> None:
    ended = flowmeter("doctor", "--format", "json")
    found = {line["check"]: line for line in json.loads(ended.stdout)}
    assert ended.returncode == 1
    assert found["GitHub"]["what to do"].startswith("export GITHUB_TOKEN")
    assert (found["database"]["state"], found["database"]["what to do"]) == ("wrong", "flowmeter db upgrade")
    flowmeter("db", "upgrade")
    ended = flowmeter("doctor", "--format", "json")
    assert (ended.returncode, {line["state"] for line in json.loads(ended.stdout)} & {"wrong"}) == (0, set())


def test_up_fills_every_page_says_that_it_is_simulated_and_ends_in_time(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    port = _free_port()
    began = time.monotonic()
    for round_number in range(2):
        with subprocess.Popen(
            [sys.executable, "-m", "flowmeter", "up", "--port", str(port)],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                _wait_until(lambda: _answers(f"http://127.0.0.1:{port}/"), 60)
                if round_number == 0:
                    _wait_until(lambda: _goals_with_values(tmp_path) == 5, 150)
                    assert time.monotonic() - began < 180
            finally:
                asked_to_end = time.monotonic()
                process.send_signal(signal.SIGINT)
                said, complained = process.communicate(timeout=30)
        assert time.monotonic() - asked_to_end < 10
        assert process.returncode == 0, complained
        assert f"http://127.0.0.1:{port}" in said
        assert "simulated" in said
        assert "GITHUB_TOKEN" in said
        assert "Traceback" not in complained
    assert _ask(tmp_path, "SELECT COUNT(*) FROM collector_runs WHERE state NOT IN ('done', 'stopped')") == 0
    assert _ask(tmp_path, "SELECT COUNT(*) FROM repositories WHERE NOT simulated") == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def _goals_with_values(folder: Path) -> int:
    return _ask(
        folder,
        "SELECT COUNT(DISTINCT goal) FROM metric_values JOIN metric_definitions USING (metric) "
        "WHERE goal IN ('innovation', 'talent', 'research', 'cloud', 'ambition')",
    )


def _ask(folder: Path, question: str) -> int:
    import sqlite3
    from contextlib import closing

    path = folder / "var/flowmeter.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
        try:
            return int(connection.execute(question).fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def _wait_until(holds: Callable[[], bool], seconds: float) -> None:
    import threading

    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        pause.wait(0.5)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("database is locked", "flowmeter: the database: another process has it locked. End what holds it"),
        ("database or disk is full", "flowmeter: the database: its disk is full. Make room on the disk"),
        ("server closed the connection", "flowmeter: the database: it does not answer. Check that it runs"),
    ],
)
def test_a_database_that_fails_in_the_middle_of_a_command_ends_it_in_one_sentence(
    said: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sqlalchemy.exc import OperationalError

    import flowmeter as command_line
    from collector import logs

    def failing() -> None:
        raise OperationalError("SELECT 1", None, sqlite3.OperationalError(said))

    monkeypatch.setattr(command_line, "app", failing)
    monkeypatch.setattr(logs, "set_up", lambda: None)
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    (line,) = capsys.readouterr().err.splitlines()
    assert (ended.value.code, line[: len(told)]) == (1, told)
