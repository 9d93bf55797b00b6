"""The documentation is held to the code."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import BaseModel

from collector.configuration import Configuration
from collector.simulator.faults import KINDS, Rule

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
_spec = importlib.util.spec_from_file_location("documentation", ROOT / "tests/documentation.py")
assert _spec is not None
assert _spec.loader is not None
documentation = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(documentation)


@pytest.mark.parametrize("name", sorted(documentation.PAGES))
def test_generated_pages_are_what_the_code_says(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == documentation.PAGES[name](), (
        "write it anew: .venv/bin/python -m tests.documentation"
    )


def test_every_key_of_the_configuration_is_documented() -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")

    def check(section: type[BaseModel]) -> None:
        for key, field in section.model_fields.items():
            assert f"`{key}`" in text or f"[{key}]" in text, key
            for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    check(kind)

    check(Configuration)


def test_every_environment_variable_is_documented() -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    for path in [
        ROOT / "flowmeter.py",
        *(p for r in ("collector", "db", "dashboard") for p in (ROOT / r).rglob("*.py")),
    ]:
        for name in re.findall(
            r"environ(?:\.get\(|\[)\s*\"((?:FLOWMETER|GITHUB)_[A-Z_]+)\"", path.read_text(encoding="utf-8")
        ):
            assert f"`{name}`" in text, f"{name} of {path.relative_to(ROOT)}"


def test_every_fault_is_documented_as_the_simulator_tells_it() -> None:
    text = (DOCS / "simulator.md").read_text(encoding="utf-8")
    for name, kind in KINDS.items():
        assert f"| `{name}` | {kind.summary}" in text, name
    for each in fields(Rule):
        assert f"| `{each.name}` |" in text, each.name


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *DOCS.glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name} → {link}"
