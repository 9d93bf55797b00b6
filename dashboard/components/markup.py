"""Dash's components, for use with `aria-*` and `data-*` attributes.

Their generated signatures have no place for such names, so that a type checker
refuses what Dash accepts; here they are untyped, and checked by Dash itself.
"""

from __future__ import annotations

from typing import Any

import dash
import dash_ag_grid
import dash_mantine_components

html: Any = dash.html
dcc: Any = dash.dcc
dmc: Any = dash_mantine_components
grids: Any = dash_ag_grid
