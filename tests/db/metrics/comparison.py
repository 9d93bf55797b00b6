"""Holding the values in a database to the oracles; loaded by path from the conftest beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date
from types import ModuleType

from sqlalchemy import Connection, text


def compared(
    connection: Connection, oracles: ModuleType, scopes: Collection[str], grains: Collection[str]
) -> Counter[str]:
    """How many values of each metric equal its oracle's, in these scopes at these grains.

    Fails at the first that differs (by more than 1e-9 for ratios), that is missing, or that is there and
    that no oracle gives.
    """
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
    chosen = [scope for scope in world.tables["scopes"] if scope["name"] in scopes]
    assert {scope["name"] for scope in chosen} == set(scopes)
    equal: Counter[str] = Counter()
    for scope in chosen:
        for grain in grains:
            view = oracles.View(world, scope, members.get(scope["scope_id"], set()), grain)
            for metric, oracle in oracles.ORACLES.items():
                found = held.pop((metric, scope["scope_id"], grain), {})
                expected = oracle(view)
                place = f"{metric} of {scope['name']} by {grain}"
                assert found.keys() == expected.keys(), place
                for key, (value, size) in expected.items():
                    assert found[key][1] == size, (place, key, found[key], size)
                    near = abs(found[key][0] - value) <= 1e-9 * max(1.0, abs(value))
                    assert near, (place, key, found[key], value)
                equal[metric] += len(expected)
    looked_at = {scope["scope_id"] for scope in chosen}
    left = [place for place in held if place[1] in looked_at and place[2] in grains]
    assert not left, f"values that no oracle knows of: {left[:5]}"
    return equal
