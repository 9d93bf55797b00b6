"""Every benchmark format that can be read: one module here each, whose `FORMAT` says how."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from collector.benchmarks.formats import Format


def discovered() -> tuple[Format, ...]:
    """The `FORMAT` of each module of this package, in the order in which they are asked about a file."""
    found: list[Format] = [
        import_module(f"{__name__}.{module.name}").FORMAT for module in pkgutil.iter_modules(__path__)
    ]
    return tuple(sorted(found, key=lambda format: (format.precedence, format.name)))
