"""The dashboard over a made-up community, for tests that need no browser."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pytest
from dash import Dash
from flask.testing import FlaskClient
from sqlalchemy import Engine

from dashboard.app import create_app
from db.engine import connect
from db.metrics.refresh import refresh
from db.schema import Record

MILESTONES = ((date(2017, 2, 15), "TensorFlow 1.0"), (date(2019, 9, 30), "TensorFlow 2.0"))


def _loaded(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    # Dataclasses look their module up by name.
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made_up() -> ModuleType:
    """The module that makes the community up."""
    return _loaded(Path(__file__).parent / "made_up.py")


@pytest.fixture(scope="session")
def openid_provider() -> ModuleType:
    """The module with a provider of OpenID Connect on loopback."""
    return _loaded(Path(__file__).parent / "openid_provider.py")


@pytest.fixture(scope="session")
def counted_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A database with facts from which its numbers were computed; no test writes to it."""
    community = _loaded(Path(__file__).parents[1] / "db" / "metrics" / "community.py")
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('counted')}/counted.db")
    Record.metadata.create_all(engine)
    community.made_up(seed=20170213).write(engine)
    refresh(engine, now=community.NOW)
    return engine


@pytest.fixture(scope="session")
def counted(counted_engine: Engine) -> FlaskClient:
    """Requests to a dashboard over it."""
    app = create_app(counted_engine, now=lambda: datetime(2024, 2, 20, 9, 30, tzinfo=UTC))
    found: FlaskClient = app.server.test_client()
    assert found.get("/").status_code == 200
    return found


@pytest.fixture(scope="session")
def filled_engine(made_up: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A database with a made-up community in it; no test writes to it."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('dashboard')}/filled.db")
    Record.metadata.create_all(engine)
    made_up.fill(engine, simulated=True)
    return engine


@pytest.fixture(scope="session")
def filled_app(filled_engine: Engine, made_up: ModuleType) -> Dash:
    """The application over it."""
    return create_app(
        filled_engine,
        milestones=MILESTONES,
        targets={"outside_share_of_commits": 0.25},
        now=lambda: made_up.NOW,
    )


@pytest.fixture(scope="session")
def client(filled_app: Dash) -> FlaskClient:
    """Requests to it without a server."""
    found: FlaskClient = filled_app.server.test_client()
    return found
