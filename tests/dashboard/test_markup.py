"""The components that pages are made of are those that Dash itself would make."""

from __future__ import annotations

import json
from typing import Any

import dash
import dash_mantine_components
import pytest
from dash._utils import to_json

from dashboard.components.markup import dcc, dmc, html

OWN_HTML: Any = dash.html
OWN_DCC: Any = dash.dcc
OWN_DMC: Any = dash_mantine_components


def as_sent(component: Any) -> Any:
    return json.loads(to_json(component))


def test_a_component_is_sent_as_dash_sends_its_own() -> None:
    def made(html: Any, dcc: Any, dmc: Any) -> Any:
        graph = dcc.Graph(
            figure={"data": [], "layout": {"height": 2}}, id={"card": "commits", "part": "graph"}
        )
        link = dmc.Anchor(["in ", html.Em("parts")], href="/", **{"aria-label": "there"})
        words = html.P("words", className=None, **{"data-plotly": "yes"})
        return html.Div([graph, link, words, html.Br(), None, 3, 2.5], style={"top": 1}, tabIndex=0)

    assert as_sent(made(html, dcc, dmc)) == as_sent(made(OWN_HTML, OWN_DCC, OWN_DMC))


@pytest.mark.parametrize("make", [lambda: html.Div("x", colour="red"), lambda: dcc.Graph(flavour="bar")])
def test_what_a_component_does_not_have_is_refused_each_time(make: Any) -> None:
    for _turn in range(2):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            make()


def test_what_a_component_needs_is_missed() -> None:
    with pytest.raises(TypeError, match="href"):
        dcc.Link("nowhere")
