"""The dashboard over a made-up community, for tests that need no browser."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from dash import Dash
from flask.testing import FlaskClient
from sqlalchemy import Engine

from dashboard.app import create_app
from db.engine import connect
from db.schema import Record

MILESTONES = ((date(2017, 2, 15), "TensorFlow 1.0"), (date(2019, 9, 30), "TensorFlow 2.0"))


@pytest.fixture(scope="session")
def made_up() -> ModuleType:
    """The module that makes the community up."""
    specification = importlib.util.spec_from_file_location("made_up", Path(__file__).parent / "made_up.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


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
