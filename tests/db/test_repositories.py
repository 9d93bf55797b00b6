"""Tracked repositories keep their ids, and scopes follow what is tracked."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, select

from db.engine import writing
from db.repositories import holds_simulated, refresh_scopes, register
from db.schema import stable_id, table
from db.upsert import upsert

ROLES = {"tensorflow/tensorflow": "core", "tensorflow/serving": "ecosystem", "pytorch/pytorch": "peer"}


def members(engine: Engine) -> dict[str, set[str]]:
    scopes, links, repositories = table("scopes"), table("scope_repositories"), table("repositories")
    found: dict[str, set[str]] = {}
    with engine.connect() as connection:
        query = select(scopes.c.name, repositories.c.full_name).join(
            links, links.c.scope_id == scopes.c.scope_id
        )
        query = query.join(repositories, repositories.c.repository_id == links.c.repository_id)
        for scope, name in connection.execute(query):
            found.setdefault(scope, set()).add(name)
    return found


def test_the_project_is_core_and_ecosystem_and_every_repository_has_a_scope(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        register(connection, ROLES)
        refresh_scopes(connection, "TensorFlow", ROLES)
    assert members(engine) == {
        "project": {"tensorflow/tensorflow", "tensorflow/serving"},
        "role:core": {"tensorflow/tensorflow"},
        "role:ecosystem": {"tensorflow/serving"},
        "role:peer": {"pytorch/pytorch"},
        **{name: {name} for name in ROLES},
    }


def test_registering_again_keeps_ids_whatever_the_case_and_takes_the_new_role(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        before = register(connection, ROLES)
        after = register(connection, {"TensorFlow/Serving": "core"})
        refresh_scopes(connection, "TensorFlow")
    assert after == {"TensorFlow/Serving": before["tensorflow/serving"]}
    assert members(engine)["role:core"] == {"tensorflow/tensorflow", "tensorflow/serving"}
    assert "role:ecosystem" not in members(engine)


def test_a_scope_that_is_gone_takes_its_values_along_and_the_others_keep_theirs(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        register(connection, ROLES)
        refresh_scopes(connection, "TensorFlow")
        values = [
            {
                "metric": "m",
                "scope_id": stable_id("scope", name),
                "grain": "month",
                "period": date(2024, 1, 1),
            }
            | {"segment": "all", "value": 1.0, "sample_size": 1, "complete": True}
            for name in ("role:peer", "project")
        ]
        upsert(connection, table("metric_values"), values)
        repositories = table("repositories")
        connection.execute(repositories.update().values(role="core"))
        refresh_scopes(connection, "TensorFlow")
        left = connection.execute(select(table("metric_values").c.scope_id)).scalars().all()
    assert left == [stable_id("scope", "project")]


def test_use_cases_form_one_scope_and_none_each(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        register(connection, {"somebody/app": "use_case"})
        refresh_scopes(connection, "TensorFlow")
    assert members(engine) == {"role:use_case": {"somebody/app"}}


def test_a_role_that_is_not_known_is_named(engine: Engine) -> None:
    with (
        writing(engine).begin() as connection,
        pytest.raises(ValueError, match="role 'rival' is not one of core"),
    ):
        register(connection, {"a/b": "rival"})


def test_whether_facts_are_simulated_is_known(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        assert holds_simulated(connection) is None
        register(connection, {"a/b": "core"}, simulated=True)
        assert holds_simulated(connection) is True


def test_a_renamed_repository_keeps_its_name_and_id_when_it_is_registered_again(engine: Engine) -> None:
    repositories = table("repositories")
    with writing(engine).begin() as connection:
        before = register(connection, {"tensorflow/old": "core"})
        connection.execute(repositories.update().values(full_name="tensorflow/new"))
        assert register(connection, {"tensorflow/old": "core"}) == before
        names = connection.execute(select(repositories.c.full_name)).scalars().all()
    assert names == ["tensorflow/new"]
