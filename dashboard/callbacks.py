"""What a click asks for: another view, what lies behind a card, and the rows behind a point."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate
from sqlalchemy.exc import SQLAlchemyError

from dashboard.components.chart_card import sql_panel, table_panel
from dashboard.components.empty_state import empty_state
from dashboard.components.filter_bar import months
from dashboard.filters import DEFAULT_SCOPE, Filters, read_filters
from dashboard.language import _, speaking
from dashboard.language.of_request import PARAMETER
from dashboard.pages import performance
from dashboard.pages.performance.bar import CONTROLS, changed_choices
from dashboard.pages.performance.choices import RUNS
from dashboard.place import with_place
from dashboard.site import current_site
from dashboard.view import Content, open_view
from db.metrics.calendar import period_end

log = logging.getLogger(__name__)

#: Id of the location that writes the URL; Dash's own one of its pages reads it.
GO = "go"
#: A query string of more parameters is none that a page wrote.
LONGEST_QUERY = 100
_SEARCH = State("_pages_location", "search")
_PATH = State("_pages_location", "pathname")


def register(app: Dash) -> None:
    """Add the callbacks to the application."""

    @app.callback(
        Output(GO, "search"),
        Input("filter-scope", "value"),
        Input("filter-grain", "value"),
        Input("filter-period", "value"),
        Input("filter-compare", "value"),
        Input("filter-segments", "value"),
        _SEARCH,
        prevent_initial_call=True,
    )
    def write_filters(
        scope: object, grain: object, period: object, compare: object, segments: object, search: object
    ) -> Any:
        # A page that comes brings all controls at once; a reader changes one.
        if len(ctx.triggered_prop_ids) != 1:
            return no_update
        written = changed_query(search, scope, grain, period, compare, segments)
        return no_update if written is None else written

    # In the browser: what is asked for there is only where to go.
    clientside: Any = app.clientside_callback
    clientside(
        ClientsideFunction("flowmeter", "openRows"),
        Output(GO, "href"),
        Input({"card": ALL, "part": "graph"}, "clickData"),
        State({"card": ALL, "part": "graph"}, "figure"),
        State({"card": ALL, "part": "graph"}, "id"),
        _SEARCH,
        prevent_initial_call=True,
    )

    @app.callback(
        Output(GO, "search", allow_duplicate=True),
        *(Input(f"performance-{name}", "value") for name in CONTROLS),
        _SEARCH,
        prevent_initial_call=True,
    )
    def write_choices(*values: object) -> Any:
        return _chosen(CONTROLS, values)

    @app.callback(
        Output(GO, "search", allow_duplicate=True),
        *(Input(f"performance-{name}", "value") for name in RUNS),
        _SEARCH,
        prevent_initial_call=True,
    )
    def write_runs(*values: object) -> Any:
        return _chosen(RUNS, values)

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
        except SQLAlchemyError:
            log.exception("panel of %s: the database did not answer", asked["card"])
            content = empty_state(_("The database does not answer."), _("Try again in a minute."))
        return content, f"panel {part}", str(part == "table").lower(), str(part == "sql").lower()


def _chosen(names: Sequence[str], values: Sequence[object]) -> Any:
    """Where the one control leads that a reader changed; the last value is the query string."""
    if len(ctx.triggered_prop_ids) != 1:
        return no_update
    changed = str(ctx.triggered_id).removeprefix("performance-")
    written = changed_choices(parsed(values[-1]), {changed: values[names.index(changed)]})
    return no_update if written is None else written


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


def changed_query(
    search: object, scope: object, grain: object, period: object, compare: object, segments: object
) -> str | None:
    """The query string after a control changed; None when the controls show what it says already.

    Only what a control shows differently is taken from it: the month picker
    cannot hold a day, and must not round one that stands in a shared link.
    """
    query = parsed(search)
    # Whether a scope or a segment exists is for the page to say that the query leads to.
    now, _problems = read_filters(
        query, _texts(query.get("scope")) + _texts(query.get("compare")), DEFAULT_SCOPE
    )
    now = replace(now, segments=_texts(query.get("segment")))
    asked, _problems = read_filters(
        {"scope": scope, "grain": grain, "compare": compare}, _texts(scope) + _texts(compare), DEFAULT_SCOPE
    )
    start, end = now.start, now.end
    given = list(period) if isinstance(period, list | tuple) else [None, None]
    chosen = [_month(value) for value in given]
    if len(chosen) == 2 and chosen != months(now):
        first, last = chosen
        if first and not last:
            # A range half chosen is not a choice yet.
            return None
        start = date.fromisoformat(first) if first else None
        end = period_end(date.fromisoformat(last), "month") if last else None
    wanted = Filters(asked.scope, asked.grain, start, end, asked.compare, _texts(segments))
    return None if wanted == now else with_place(wanted.query(), query)


def _texts(value: object) -> tuple[str, ...]:
    """A text or a list of them as a tuple, what is empty or no text left out."""
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(text for text in dict.fromkeys(v for v in values if isinstance(v, str)) if text)


def _month(value: object) -> str | None:
    """First day of the month that a picker's value lies in, as it writes it; None for none."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10]).replace(day=1).isoformat()
    except ValueError:
        return None
