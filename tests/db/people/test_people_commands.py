"""`flowmeter people` as a user meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import flowmeter
from db import migration
from db.engine import connect
from db.errors import DatabaseError

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_world: Callable[..., Any]) -> Run:
    url = f"sqlite:///{tmp_path}/people.db"
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", url)
    engine = connect(url)
    migration.upgrade(engine)
    world = new_world(engine)
    world.account(7, "ann", name="Ann Lee")
    world.address("lee@us.ibm.com", "Ann Lee")
    world.account(9, "renovate-me", name="Ben Kim")
    world.refresh()

    def runs(*arguments: str) -> Result:
        result = CliRunner().invoke(flowmeter.app, ["people", *arguments])
        world.refresh()
        return result

    yield runs
    engine.dispose()


def table(run: Run, *arguments: str) -> list[dict[str, Any]]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_roles_are_given_by_hand_and_rosters_are_checked(run: Run, tmp_path: Path) -> None:
    said = run("role", "@ann", "intern", "--from", "2017-06-01", "--to", "2017-08-31", "--programme", "Labs")
    assert "was intern from 2017-06-01 to 2017-08-31" in said.stderr
    roles = [row for row in table(run, "show", "@ann") if row["what"] == "was"]
    assert [(row["which"], row["of"], row["from"]) for row in roles] == [("intern", "Labs", "2017-06-01")]
    file = tmp_path / "gsoc.csv"
    file.write_text(
        "programme,login,from,to,kind\nGSoC,Ann,2017-06-01,2017-08-31,student\nGSoC,who,2017-06-01,2017-08-31,student\n"
    )
    rows = table(run, "roster", str(file))
    assert [(row["login"], str(row["person"])[:7]) for row in rows] == [
        ("ann", "Ann Lee"),
        ("who", "nobody "),
    ]
    assert not [row for row in table(run, "decisions") if row["source"] == "roster"], "nothing is written"


def test_a_day_with_the_commands(run: Run, tmp_path: Path) -> None:
    assert [row["name"] for row in table(run, "list")] == ["Ann Lee", "Ann Lee", "Ben Kim"]
    (offered,) = table(run, "suggestions")
    assert (offered["score"], offered["because"]) == (0.5, "same full name")
    said = run("accept", str(offered["number"]))
    assert "are one person. The next refresh of the metrics follows" in said.stderr
    assert [row["identities"] for row in table(run, "list")] == [2, 1]
    run("affiliate", "ann", "nvidia", "--from", "2017-01-01", "--why", "told by her")
    run("kind", "@renovate-me", "bot", "--why", "a robot")
    assert [(r["name"], r["because"]) for r in table(run, "list", "--kind", "bot")] == [
        ("Ben Kim", "manual: a robot")
    ]
    assert [r["organization"] for r in table(run, "list", "--on", "2017-02-01")] == ["NVIDIA", None]
    assert [r["name"] for r in table(run, "list", "--organization", "nvidia", "--on", "2017-02-01")] == [
        "Ann Lee"
    ]
    whats = [(r["what"], r["which"]) for r in table(run, "show", "Ann Lee")]
    assert whats[0:2] == [
        ("identity", "github:7"),
        ("identity", next(w for k, w in whats if w.startswith("email:"))),
    ]
    assert ("affiliation", "NVIDIA") in whats
    assert ("merge", "github:7") in whats or any(k == "merge" for k, _ in whats)
    file = tmp_path / "people.toml"
    assert run("export", str(file)).exit_code == 0
    assert 'why = "told by her"' in file.read_text()
    for row in table(run, "decisions"):
        assert run("undo", str(row["number"])).exit_code == 0
    assert len(table(run, "list")) == 3
    assert "3 decisions are new" in run("import", str(file)).stderr
    assert len(table(run, "list")) == 2
    email = next(w for k, w in whats if w.startswith("email:"))
    assert run("split", "ann", email).exit_code == 0
    assert len(table(run, "list")) == 3
    assert run("merge", "ann", "lee@us.ibm.com").exit_code == 0
    assert len(table(run, "list")) == 2
    assert run("forget", "ann").exit_code == 2, "what cannot be undone is not done unasked"
    assert run("forget", "ann", "--yes").exit_code == 0
    assert sorted(row["name"] for row in table(run, "list")) == ["(forgotten)", "Ben Kim"]


def test_mistakes_end_in_one_sentence(run: Run) -> None:
    assert run("merge", "ann").exit_code == 2
    for arguments, says in (
        (("show", "nobody"), "'nobody': is nobody that is held"),
        (("show", "Ann Lee"), "'Ann Lee': names 2 people"),
        (("undo", "5"), "5: is no decision that is held"),
        (("accept", "5"), "5: is no suggestion that is held"),
    ):
        failed = run(*arguments).exception
        assert isinstance(failed, DatabaseError)
        assert says in str(failed)
