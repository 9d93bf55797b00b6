"""A figure on a page: its place stands before the script that draws it has come, so that nothing jumps."""

from __future__ import annotations

from typing import Any

from dashboard.components.markup import dcc, html
from dashboard.view import Content

GRAPH = {"displayModeBar": False, "responsive": True, "showTips": False, "locale": "en"}


def drawn_figure(figure: dict[str, Any], label: str, *, leads_from: str = "") -> Content:
    """A figure in Plotly's words, which say its height, called `label` for those who do not see it.

    A click on a point of it leads to the rows behind it where `leads_from` names its metric.
    """
    height = f"{figure['layout']['height']}px"
    # Only a figure with rows behind it has a name that a click is listened to by.
    named = {"id": {"card": leads_from, "part": "graph"}} if leads_from else {}
    return html.Figure(
        dcc.Graph(figure=figure, config=GRAPH, responsive=True, style={"height": height}, **named),
        className="figure leads" if leads_from else "figure",
        role="group",
        style={"minHeight": height},
        **{"aria-label": label},
    )
