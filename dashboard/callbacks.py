"""What a click asks for: another view, what lies behind a card, and the rows behind a point."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import parse_qs

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate
from sqlalchemy.exc import SQLAlchemyError

from dashboard.components.chart_card import sql_panel, table_panel
from dashboard.components.empty_state import empty_state
from dashboard.language import _, speaking
from dashboard.language.of_request import PARAMETER
from dashboard.pages import performance
from dashboard.pages.performance.bar import CONTROLS
from dashboard.pages.performance.choices import RUNS
from dashboard.site import current_site
from dashboard.view import Content, open_view
from db.faults import log_fault

log = logging.getLogger(__name__)

#: Id of the location that writes the URL; Dash's own one of its pages reads it.
GO = "go"
#: A query string of more parameters is none that a page wrote.
LONGEST_QUERY = 100
_SEARCH = State("_pages_location", "search")
_PATH = State("_pages_location", "pathname")


def register(app: Dash) -> None:
    """Add the callbacks to the application."""

    # In the browser: what is asked for there is only where to go.
    clientside: Any = app.clientside_callback
    clientside(
        ClientsideFunction("flowmeter", "writeView"),
        Output(GO, "search"),
        *(Input(f"filter-{name}", "value") for name in ("scope", "grain", "period", "compare", "segments")),
        _SEARCH,
        prevent_initial_call=True,
    )
    clientside(
        ClientsideFunction("flowmeter", "openRows"),
        Output(GO, "href"),
        Input({"card": ALL, "part": "graph"}, "clickData"),
        State({"card": ALL, "part": "graph"}, "figure"),
        State({"card": ALL, "part": "graph"}, "id"),
        _SEARCH,
        prevent_initial_call=True,
    )

    for names in (CONTROLS, RUNS):
        clientside(
            ClientsideFunction("flowmeter", "writeChoice"),
            Output(GO, "search", allow_duplicate=True),
            *(Input(f"performance-{name}", "value") for name in names),
            _SEARCH,
            prevent_initial_call=True,
        )

    @app.callback(
        Output({"card": MATCH, "part": "panel"}, "children"),
        Output({"card": MATCH, "part": "panel"}, "className"),
        Output({"card": MATCH, "part": "table"}, "aria-expanded"),
        Output({"card": MATCH, "part": "sql"}, "aria-expanded"),
        Input({"card": MATCH, "part": "table"}, "n_clicks"),
        Input({"card": MATCH, "part": "sql"}, "n_clicks"),
        State({"card": MATCH, "part": "panel"}, "className"),
        _SEARCH,
        prevent_initial_call=True,
    )
    def open_panel(_table: int, _sql: int, shown: str, search: object) -> tuple[Content, str, str, str]:
        asked = ctx.triggered_id
        if not asked or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        part = str(asked["part"])
        if shown == f"panel {part}":
            return None, "panel", "false", "false"
        try:
            content = panel(str(asked["card"]), part, search)
        except SQLAlchemyError as error:
            log_fault(log, f"panel of {asked['card']}", error)
            with speaking(parsed(search).get(PARAMETER)):
                content = empty_state(_("The database does not answer."), _("Try again in a minute."))
        return content, f"panel {part}", str(part == "table").lower(), str(part == "sql").lower()


def panel(metric: str, part: str, search: object) -> Content:
    """A card's table or SQL for the view that the query string asks for."""
    site = current_site()
    with speaking(parsed(search).get(PARAMETER)), site.engine.connect() as connection:
        if metric in performance.CARDS:
            return performance.panel(connection, metric, part, parsed(search), site.now().date())
        view = open_view(site, connection, "", parsed(search))
        if metric not in view.known.metrics or part not in ("table", "sql"):
            raise PreventUpdate
        if part == "sql":
            return sql_panel(view.known.metrics[metric], view.filters)
        return table_panel(view, view.answers(metric)[metric])


def parsed(search: object) -> dict[str, object]:
    """A query string as names and values, a list where a name stands several times; else an empty one."""
    if not isinstance(search, str):
        return {}
    try:
        found = parse_qs(search.removeprefix("?"), keep_blank_values=True, max_num_fields=LONGEST_QUERY)
    except ValueError:
        return {}
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
