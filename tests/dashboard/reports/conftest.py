"""The made weeks, loaded by path: tests are no package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboard.reports import charts


@pytest.fixture(scope="session")
def made_weeks() -> ModuleType:
    """The module that writes weeks with known stories."""
    place = Path(__file__).with_name("made_weeks.py")
    found = importlib.util.spec_from_file_location("made_weeks", place)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["made_weeks"] = module  # where dataclasses look their module up
    found.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch: pytest.MonkeyPatch, drawings: dict[str, bytes]) -> None:
    """The same picture of the same numbers is really drawn, but only once for all tests."""
    draw = charts._drawn

    def remembered(*arguments: Any) -> bytes:
        key = repr(arguments)
        if key not in drawings:
            drawings[key] = draw(*arguments)
        return drawings[key]

    monkeypatch.setattr(charts, "_drawn", remembered)


@pytest.fixture(scope="session")
def drawings() -> dict[str, bytes]:
    """Pictures by what they were drawn from."""
    return {}
