"""The few documents that need no script: their templates, filled with everything escaped."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


def rendered(template: str, **content: object) -> str:
    """A template of `documents/` with the content in it; what is not markup there is escaped."""
    return str(_environment().get_template(template).render(**content))


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("dashboard", "documents"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
