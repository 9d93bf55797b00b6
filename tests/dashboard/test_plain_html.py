"""Components as plain HTML: their words and places, and nothing of what people wrote that could run."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from dash import dcc, html
from hypothesis import given, settings
from hypothesis import strategies as st
from plotly.utils import PlotlyJSONEncoder

from dashboard.components.markup import dmc
from dashboard.plain_html import plain

HOSTILE = "</script><svg/onload=alert(1)>'\";--&amp;"


class Read(HTMLParser):
    """The elements and the text of HTML, as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def sent(component: Any) -> Any:
    """A component as Dash sends it."""
    return json.loads(json.dumps(component, cls=PlotlyJSONEncoder))


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_comes_back_as_itself_wherever_it_stands(text: str) -> None:
    whole = html.Div([html.Span(text), html.A("there", title=text, **{"aria-label": text, "data-of": text})])
    read = Read(plain(sent(whole)))
    assert [tag for tag, _ in read.elements] == ["div", "span", "a"]
    assert read.elements[2][1] == {"title": text, "aria-label": text, "data-of": text}
    # Two spellings of the end of a line are one to readers of HTML.
    assert read.text.replace("\r", "\n") == (text + "there").replace("\r", "\n")


def test_no_address_runs_and_no_handler_is_taken_over() -> None:
    for address in (
        "javascript:alert(1)",
        "JaVaScript:alert(1)",
        " javascript:x",
        "vbscript:x",
        "data:text/html,x",
    ):
        read = Read(
            plain(sent([html.A("x", href=address), dmc.Anchor("x", href=address), html.Img(src=address)]))
        )
        assert all("href" not in given and "src" not in given for _, given in read.elements), address
    assert Read(
        plain({"type": "Div", "namespace": "dash_html_components", "props": {"onclick": "x"}})
    ).elements == [("div", {})]
    assert HOSTILE in Read(plain(sent(html.H1(HOSTILE)))).text
    assert "<svg" not in plain(sent(html.H1(HOSTILE, title=HOSTILE)))


def test_a_link_a_figure_and_flags_stand_as_browsers_have_them() -> None:
    read = Read(
        plain(
            sent(
                [
                    dmc.Anchor("Talent", href="/talent?grain=week", className="nav-link here"),
                    html.Figure(dcc.Graph(style={"minHeight": "3px", "height": "270px"})),
                    html.Div(hidden=True, disable_n_clicks=True, id="search-words"),
                    html.Section(id="card-commits", tabIndex=-1),
                    html.Th("x", colSpan=2),
                ]
            )
        )
    )
    assert read.elements == [
        ("a", {"href": "/talent?grain=week", "class": "plain-link pointed nav-link here"}),
        ("figure", {}),
        ("div", {"style": "min-height:3px;height:270px"}),
        ("div", {"hidden": None}),
        ("section", {"id": "card-commits", "tabindex": "-1"}),
        ("th", {"colspan": "2"}),
    ]


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        (dmc.Select(value="week", data=[{"value": "week", "label": "Weekly"}], w=112), "Weekly"),
        (
            dmc.Select(value="b", data=[{"group": "G", "items": [{"value": "b", "label": "<b>"}]}]),
            "<b>",
        ),
        (dmc.MultiSelect(value=[], data=[], placeholder="All segments"), "All segments"),
        (dmc.NumberInput(value=200, suffix=" ms"), "200 ms"),
        (
            dmc.MonthPickerInput(value=[None, None], **{"aria-label": "First and last month: All time"}),
            "All time",
        ),
    ],
)
def test_a_field_shows_what_it_holds(field: Any, shown: str) -> None:
    assert Read(plain(sent(field))).text == shown
