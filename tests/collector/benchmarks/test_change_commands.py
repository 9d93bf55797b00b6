"""`flowmeter bench changes` as a user meets it, after `bench ingest` has looked for steps by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import flowmeter
from db.errors import DatabaseError

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, history: Callable[..., str]) -> Run:
    """Runs `flowmeter bench` over a database that holds one history: faster at day 30, slower at day 45."""
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", f"sqlite:///{tmp_path}/bench.db")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flowmeter.toml").write_text(
        (Path(flowmeter.__file__).parent / "flowmeter.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    days = [100.0] * 30 + [80.0] * 15 + [120.0] * 10
    benches = [[{"name": "step", "value": value + day % 3, "unit": "ms"}] for day, value in enumerate(days)]
    (tmp_path / "data.js").write_text(history(benches), encoding="utf-8")

    def runs(*arguments: str) -> Result:
        return CliRunner().invoke(flowmeter.app, ["bench", *arguments])

    assert CliRunner().invoke(flowmeter.app, ["db", "upgrade"]).exit_code == 0
    assert runs("ingest", "data.js").exit_code == 0
    return runs


def listed(run: Run, *arguments: str) -> list[dict[str, Any]]:
    result = run("changes", "list", *arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_an_evening_with_the_changes(run: Run) -> None:
    worse, better = listed(run)
    assert (worse["verdict"], better["verdict"]) == ("worse", "better")
    assert worse["percent"] == pytest.approx(100 * (121 / 81 - 1))
    assert worse["range_link"].endswith(f"/acme/rockets/compare/{44:040x}...{45:040x}")
    assert [row["percent"] for row in listed(run, "--verdict", "better")] == [better["percent"]]
    assert listed(run, "--since", "2024-01-01") == []

    number = str(worse["change_point_id"])
    assert run("changes", "acknowledge", number, "--note", "a slower driver", "--link", "#12").exit_code == 0
    assert run("changes", "ignore", str(better["change_point_id"])).exit_code == 0
    (row,) = listed(run)
    assert (row["state"], row["note"], row["link"]) == ("acknowledged", "a slower driver", "#12")
    assert run("changes", "annotate", number, "--note", "").exit_code == 0
    assert (listed(run)[0]["note"], listed(run)[0]["link"]) == (None, "#12")
    assert run("changes", "annotate", number).exit_code == 2
    assert run("changes", "reopen", str(better["change_point_id"])[:8]).exit_code == 0
    assert [row["state"] for row in listed(run)] == ["acknowledged", "confirmed"]

    told = run("changes", "detect")
    assert "0 series looked at" in told.stderr
    assert "1 series looked at: 0 changes confirmed" in run("changes", "detect", "--all").stderr
    shown = run("changes", "list", "--limit", "1")
    assert "There are 1 more" in shown.stderr
    wrong = run("changes", "ignore", "12")
    assert isinstance(wrong.exception, DatabaseError)
    assert "there is no such change point" in str(wrong.exception)
