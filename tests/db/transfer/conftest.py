"""What the tests of whole databases share."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, text

from db.engine import connect
from db.migration import newest, upgrade


@pytest.fixture(scope="session")
def any_rows() -> ModuleType:
    """The module that fills every table."""
    spec = importlib.util.spec_from_file_location("any_rows", Path(__file__).with_name("any_rows.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that was migrated, for each test to be given a copy of."""
    file = tmp_path_factory.mktemp("migrated") / "migrated.db"
    engine = connect(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture
def migrated_sqlite(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """A migrated SQLite database without rows."""
    shutil.copy(migrated_file, tmp_path / "migrated.db")
    engine = connect(f"sqlite:///{tmp_path}/migrated.db")
    yield engine
    engine.dispose()


@pytest.fixture
def migrated_postgresql(postgresql_engine: Engine) -> Engine:
    """A PostgreSQL database with all tables, which says that it is at the newest revision."""
    with postgresql_engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest()})
    return postgresql_engine
