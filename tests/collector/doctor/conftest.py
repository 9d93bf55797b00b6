"""Installations that the doctor looks at: a folder, a configuration, and a database of either kind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db import migration
from db.engine import connect
from db.people.identities import identity_key
from tests.collector.doctor.examining import ROOT


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that Flowmeter runs in, with a configuration of its own."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "flowmeter.toml", tmp_path / "flowmeter.toml")
    (tmp_path / "var").mkdir()
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", f"sqlite:///{tmp_path}/var/flowmeter.db")
    return tmp_path


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "flowmeter.db"
    engine = connect(f"sqlite:///{path}")
    migration.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def held(home: Path, migrated: Path) -> Iterator[Engine]:
    """The database, migrated and empty."""
    shutil.copy(migrated, home / "var/flowmeter.db")
    engine = connect(f"sqlite:///{home}/var/flowmeter.db")
    yield engine
    engine.dispose()


@pytest.fixture
def held_by_postgresql(
    home: Path, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    monkeypatch.setenv("FLOWMETER_DATABASE_URL", empty_postgresql)
    engine = connect(empty_postgresql)
    migration.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def no_kept_key() -> Iterator[None]:
    identity_key.cache_clear()
    yield
    identity_key.cache_clear()
