"""The made-up community and the oracles, loaded by path: tests are no package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _loaded(name: str) -> ModuleType:
    place = Path(__file__).parent / name
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    specification = importlib.util.spec_from_file_location(f"metrics_{name}", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    # Dataclasses look their module up by name.
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def community() -> ModuleType:
    """The module that makes communities up."""
    return _loaded("community")


@pytest.fixture(scope="session")
def oracles() -> ModuleType:
    """The package that computes every metric again."""
    return _loaded("oracles")


@pytest.fixture(scope="session")
def comparison() -> ModuleType:
    """The module that holds values to the oracles."""
    return _loaded("comparison")
