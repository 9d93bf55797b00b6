"""People as a whole collection leaves them: judged by the truth, and forgotten though collected again."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, text

from collector.simulator.server import Simulator
from db.engine import connect, writing
from db.metrics.refresh import refresh
from db.people.find import find_person
from db.people.forgetting import forget
from db.schema import Record

ROOT = Path(__file__).resolve().parents[2]
#: Metrics that read people in every way there is; all of them are held to it over a smaller world.
SOME = (
    "commits",
    "contributors",
    "contributor_absence_factor",
    "elephant_factor",
    "joined_the_steward",
    "newcomer_retention",
    "time_to_first_response",
    "outside_share_of_commits",
)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def judging() -> ModuleType:
    """bench/people.py."""
    specification = importlib.util.spec_from_file_location("bench_people", ROOT / "bench/people.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def community(judging: ModuleType) -> Iterator[Simulator]:
    """A community that stands still."""
    with Simulator(scale=0.01, seed=judging.SEED, now=NOW) as server:
        yield server


@pytest.fixture(scope="module")
def collected(
    judging: ModuleType, community: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Everything about people that a collection brings."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('people')}/flowmeter.db")
    Record.metadata.create_all(engine)
    judging.collect(engine, community.url)
    yield engine
    engine.dispose()


def rows(engine: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def documented(judging: ModuleType, verdicts: list[Any]) -> None:
    """The table of the page on people is what is measured."""
    page = (ROOT / "docs/people.md").read_text(encoding="utf-8")
    for verdict in verdicts:
        assert verdict.row in page, f"docs/people.md says something else than\n{verdict.row}"


def test_the_simulated_community_is_told_apart_as_the_page_says(
    judging: ModuleType, community: Simulator, collected: Engine
) -> None:
    population = community.community.population
    assert any(person.login.startswith("abbott") for person in population.people), "the hard case is there"
    verdicts = judging.simulated(collected, population)
    documented(judging, verdicts)
    for verdict in verdicts:
        if verdict.where == "simulated community":
            assert verdict.right == verdict.called, "nobody is called what they are not, or joined to another"


def test_the_real_histories_are_told_apart_as_the_page_says(judging: ModuleType, shared_data: Path) -> None:
    documented(judging, judging.real(shared_data / "history"))


def test_who_joined_the_steward_is_who_moved_there(community: Simulator, collected: Engine) -> None:
    refresh(collected, now=NOW, metrics=["joined_the_steward"])
    joined = rows(
        collected,
        "SELECT SUM(value) FROM metric_values v JOIN scopes s ON s.scope_id = v.scope_id "
        "WHERE v.metric = 'joined_the_steward' AND v.grain = 'year' AND s.name = 'project' "
        "AND v.segment = 'joined'",
    )[0][0]
    assert joined >= 3
    moved = {
        person.identity
        for person in community.community.population.people
        if len(person.employers) > 1 and person.employers[-1][1] == 0
    }
    firsts = rows(
        collected,
        "SELECT i.github_user_id, MIN(CASE WHEN c.segment = 'steward' THEN c.day END) AS inside, "
        "MIN(CASE WHEN c.segment IN ('organization', 'independent') THEN c.day END) AS outside "
        "FROM contributions c JOIN identities i ON i.person_id = c.person_id AND i.kind = 'login' "
        "WHERE c.person_kind = 'human' GROUP BY i.github_user_id",
    )
    found = {number for number, inside, outside in firsts if inside and outside and outside < inside}
    assert found
    assert found <= moved, "nobody joins who did not move"


def test_who_was_forgotten_stays_so_when_all_is_collected_again_and_no_number_changes(
    judging: ModuleType, community: Simulator, collected: Engine
) -> None:
    def numbers() -> list[tuple[Any, ...]]:
        refresh(collected, now=NOW, metrics=SOME)
        held = "SELECT metric, scope_id, grain, period, segment, value, sample_size FROM metric_values"
        return sorted(rows(collected, held))

    def traces(*names: str) -> list[str]:
        return [
            f"{name}: {row}"
            for name in Record.metadata.tables
            for row in map(str, rows(collected, f"SELECT * FROM {name}"))
            for trace in names
            if trace.lower() in row.lower()
        ]

    before = numbers()
    login, name, number = rows(
        collected,
        "SELECT p.login, p.display_name, i.github_user_id FROM people p "
        "JOIN identities i ON i.person_id = p.person_id AND i.kind = 'login' "
        "JOIN contributions c ON c.person_id = p.person_id "
        "WHERE p.kind = 'human' AND p.display_name <> p.login AND p.login GLOB '*[0-9][0-9]' "
        "GROUP BY 1, 2, 3 ORDER BY SUM(c.quantity) DESC LIMIT 1",
    )[0]
    # Names are shared in a small community; the login and the number are not.
    assert traces(login)
    assert traces(f" {number},")
    with writing(collected).begin() as connection:
        assert forget(connection, find_person(connection, f"@{login}").person_id, NOW) >= 2
    assert name
    assert traces(login, f" {number},") == []
    with writing(collected).begin() as connection:
        connection.execute(text("DELETE FROM cursors"))
    judging.collect(collected, community.url)
    assert traces(login, f" {number},") == []
    assert numbers() == before
    assert rows(collected, "SELECT COUNT(*) FROM people WHERE display_name = '(forgotten)'") == [(1,)]
