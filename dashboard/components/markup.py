"""Dash's components as the page's script reads them: dictionaries, made without what Dash does for its own.

A page has some thousand components, which nothing on the server changes once they are made. Dash's own
objects are checked one by one, and turned into these same dictionaries at last: half of a page's time.
Their generated signatures have no place for `aria-*` and `data-*` attributes either, so that a type
checker refuses what Dash accepts; here they are untyped, and checked by Dash itself.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from types import ModuleType
from typing import Any

import dash
import dash_ag_grid
import dash_mantine_components

#: Makes a component of its properties, the children first where it has some.
Maker = Callable[..., dict[str, Any]]


class _Package:
    """The components of a package, as functions of the same names."""

    def __init__(self, package: ModuleType) -> None:
        self._package = package

    def __getattr__(self, name: str) -> Maker:
        # Asked for once: afterwards it stands here under its name.
        made = _maker(getattr(self._package, name))
        setattr(self, name, made)
        return made


def _maker(component: Any) -> Maker:
    """What makes such components; raises Dash's own `TypeError` for a property that they do not have."""
    kind, namespace = component._type, component._namespace
    #: The properties that were given together, and that Dash has looked at once.
    checked: set[tuple[str, ...]] = set()

    def alone(**props: Any) -> dict[str, Any]:
        names = tuple(props)
        if names not in checked:
            component(**props)
            checked.add(names)
        return {"props": props, "type": kind, "namespace": namespace}

    def with_children(children: Any = None, **props: Any) -> dict[str, Any]:
        names = tuple(props)
        if names not in checked:
            component(children, **props)
            checked.add(names)
        props["children"] = children
        return {"props": props, "type": kind, "namespace": namespace}

    return with_children if "children" in signature(component.__init__).parameters else alone


html: Any = _Package(dash.html)
dcc: Any = _Package(dash.dcc)
dmc: Any = _Package(dash_mantine_components)
grids: Any = _Package(dash_ag_grid)
