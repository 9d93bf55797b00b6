"""A table to page, sort and filter in the browser; its script comes only where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid

from dashboard.components.grid_words import grid_words
from dashboard.components.markup import grids, html
from dashboard.view import Content

#: Rows of a page; fewer rows make a lower grid.
ROWS = 15
#: Heights in pixels, as the style sheet has them.
HEADER, ROW, PAGER = 36, 36, 48
#: Of a column whose texts are broken over lines rather than cut.
LINES = {"wrapText": True, "autoHeight": True}
#: Where `grid.js` takes the grid's script from, once a page with a grid is opened.
SCRIPT = "/_dash-component-suites/dash_ag_grid/dash_ag_grid.min.js"


def load_with_the_grid_only() -> None:
    """Keep the grid's large script off every page: `assets/grid.js` asks for it when a grid is shown."""
    for script in dash_ag_grid._js_dist:
        if script.get("relative_package_path") == SCRIPT.rpartition("/")[2]:
            script["dynamic"] = True


def column(field: str, title: str, **how: Any) -> dict[str, Any]:
    """A column of texts, filtered by what they contain; long ones are broken over lines where asked."""
    return {"field": field, "headerName": title, "filter": "agTextColumnFilter", **how}


def number_column(field: str, title: str, **how: Any) -> dict[str, Any]:
    """A column of whole numbers, right-aligned, thousands apart; what is not known is a dash."""
    return {
        "field": field,
        "headerName": title,
        "filter": "agNumberColumnFilter",
        "type": "rightAligned",
        "valueFormatter": {"function": "params.value == null ? '—' : d3.format(',')(params.value)"},
        **how,
    }


def grid(
    name: str,
    label: str,
    columns: Sequence[dict[str, Any]],
    rows: Sequence[dict[str, Any]],
    asked: Mapping[str, object] | None = None,
) -> Content:
    """The grid in a figure that is called `label`; rows hold plain values by column.

    `asked` are the parameters of the page's address: `NAME.sort` is a column, a minus sign before
    it for backwards, `NAME.page` a page from 1. `assets/grid.js` writes them there.
    """
    order, page = _asked(name, columns, len(rows), asked or {})
    shown = [
        {**each, "sort": "desc" if order.startswith("-") else "asc"}
        if each["field"] == order.removeprefix("-")
        else each
        for each in columns
    ]
    table = grids.AgGrid(
        id=f"grid-{name}",
        columnDefs=shown,
        eventListeners={
            event: [f"keepPlace(params, '{name}')"] for event in ("sortChanged", "paginationChanged")
        },
        **({"paginationGoTo": page - 1} if page > 1 else {}),
        rowData=list(rows),
        defaultColDef={"sortable": True, "resizable": True, "flex": 1, "minWidth": 90},
        className="ag-theme-flowmeter",
        style={"height": None, "width": "100%"},
        dashGridOptions={
            "domLayout": "autoHeight",
            "pagination": len(rows) > ROWS,
            "paginationPageSize": ROWS,
            "paginationPageSizeSelector": [ROWS, 50, 200],
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "suppressMovableColumns": True,
            "suppressColumnVirtualisation": True,
            "animateRows": False,
            # Nothing can be done in a cell: the keyboard goes from the headers to the pages.
            "suppressCellFocus": True,
            "localeText": grid_words(),
        },
    )
    # The place is kept while the grid comes, so that nothing below it jumps.
    height = HEADER + ROW * min(len(rows), ROWS) + (PAGER if len(rows) > ROWS else 0)
    return html.Figure(
        table,
        className="figure grid",
        role="group",
        style={"minHeight": f"{height}px"},
        **{"aria-label": label},
    )


def _asked(
    name: str, columns: Sequence[dict[str, Any]], rows: int, asked: Mapping[str, object]
) -> tuple[str, int]:
    """The column to sort by (empty for none) and the page that the address names; others are not followed."""
    order, page = asked.get(f"{name}.sort"), asked.get(f"{name}.page")
    known = {str(each["field"]) for each in columns}
    followed = order if isinstance(order, str) and order.removeprefix("-") in known else ""
    number = int(page) if isinstance(page, str) and re.fullmatch(r"[0-9]{1,6}", page) else 1
    return followed, number if 1 <= number <= -(-rows // ROWS) else 1
