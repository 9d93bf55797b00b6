"""Every metric equals a naive computation from the facts, on both databases."""

from __future__ import annotations

from datetime import date
from types import ModuleType

from sqlalchemy import Engine, text

from db.metrics.catalogue import read_catalogue
from db.metrics.refresh import refresh


def test_every_metric_has_an_oracle_and_every_oracle_a_metric(oracles: ModuleType) -> None:
    assert set(oracles.ORACLES) == {definition.metric for definition in read_catalogue()}


def test_every_metric_equals_its_oracle(engine: Engine, community: ModuleType, oracles: ModuleType) -> None:
    community.made_up(seed=20170213).write(engine)
    refresh(engine, now=community.NOW)
    with engine.connect() as connection:
        world = oracles.read_world(connection)
        held: dict[tuple[str, int, str], dict[tuple[date, str], tuple[float, int]]] = {}
        for metric, scope, grain, period, segment, value, size in connection.execute(
            text("SELECT metric, scope_id, grain, period, segment, value, sample_size FROM metric_values")
        ):
            day = date.fromisoformat(str(period))
            held.setdefault((metric, scope, grain), {})[day, segment] = (value, size)
    members: dict[int, set[int]] = {}
    for row in world.tables["scope_repositories"]:
        members.setdefault(row["scope_id"], set()).add(row["repository_id"])
    compared_scopes: set[int] = set()
    compared = dict.fromkeys(oracles.ORACLES, 0)
    for scope in world.tables["scopes"]:
        if scope["name"] not in ("project", "role:ecosystem", "tensorflow/tensorflow", "torvalds/linux"):
            continue
        compared_scopes.add(scope["scope_id"])
        for grain in oracles.FREQUENCIES:
            view = oracles.View(world, scope, members.get(scope["scope_id"], set()), grain)
            for metric, oracle in oracles.ORACLES.items():
                found = held.pop((metric, scope["scope_id"], grain), {})
                expected = oracle(view)
                place = f"{metric} of {scope['name']} by {grain}"
                assert found.keys() == expected.keys(), place
                for key, (value, size) in expected.items():
                    assert found[key][1] == size, (place, key)
                    assert abs(found[key][0] - value) <= 1e-9 * max(1.0, abs(value)), (
                        place,
                        key,
                        found[key],
                        value,
                    )
                compared[metric] += len(expected)
    assert not [place for place in held if place[1] in compared_scopes], "values that no oracle knows of"
    assert all(compared.values()), f"nothing to compare: {[name for name, n in compared.items() if not n]}"
