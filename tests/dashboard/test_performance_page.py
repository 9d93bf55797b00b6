"""The Performance page: its choices are in the URL, and its cards show what their SQL gives."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from types import ModuleType
from urllib.parse import quote

import pytest
from dash import Dash
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import Engine, event

from dashboard.benchmark_figures import Dot, Point, Step, against_line, over_time, scaling, styles
from dashboard.callbacks import panel
from dashboard.pages import performance
from dashboard.pages.performance.choices import Choices, read_choices, what_is_held
from db.adhoc.query import run
from db.benchmarks.questions import ask

CARDS = sorted(performance.CARDS)
#: The day that the made-up community is looked at.
TODAY = date(2024, 3, 27)


def shown(client: FlaskClient, path: str, search: str = "") -> str:
    """The body of Dash's answer for an address."""
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": [
                {"id": "_pages_content", "property": "children"},
                {"id": "_pages_store", "property": "data"},
            ],
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": path},
                {"id": "_pages_location", "property": "search", "value": search},
            ],
            "changedPropIds": ["_pages_location.pathname"],
        },
    )
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def opened(app: Dash, card: str, part: str, search: str = "") -> str:
    """What a click on a card's table or SQL brings."""
    with app.server.app_context():
        return json.dumps(panel(card, part, search), cls=PlotlyJSONEncoder)


def test_every_card_is_on_the_page_with_its_menu_and_its_claims(client: FlaskClient) -> None:
    page = shown(client, "/performance")
    for name in CARDS:
        assert f"card-{name}" in page
        assert f"/api/performance/{name}.csv" in page or "No result of this kind" in page
    assert "Claims: published (by whoever measured it)" in page
    assert "second-hand (reported by others)" in page


@pytest.mark.parametrize("card", CARDS)
def test_a_card_gives_the_same_rows_as_csv_as_json_and_by_its_sql(
    client: FlaskClient, filled_app: Dash, filled_engine: Engine, card: str
) -> None:
    search = "?model=ResNet-50&budget=100"
    text = client.get(f"/api/performance/{card}.csv{search}").get_data(as_text=True)
    header, *rows = csv.reader(io.StringIO(text))
    objects = client.get(f"/api/performance/{card}.json{search}").get_json()
    assert len(rows) == len(objects)
    with filled_engine.connect() as connection:
        reader, problems = performance.read(connection, {"model": "ResNet-50", "budget": "100"}, TODAY)
        assert problems == []
        shown_card = performance.CARDS[card]
        given = {name: str(value) for name, value in shown_card.parameters(reader).items()}
        result = run(filled_engine, shown_card.asked.sql, parameters=given)
    assert result.columns == header
    assert len(result.rows) == len(rows)
    assert json.dumps(shown_card.asked.sql)[1:-1] in opened(filled_app, card, "sql", search)
    if rows:
        assert "plain-table" in opened(filled_app, card, "table", search)
    assert "How it is computed" in shown(client, f"/performance/{card}", search)


def test_the_budget_of_the_url_decides_who_answers_within_it(client: FlaskClient) -> None:
    def within(budget: str) -> int:
        rows = client.get(f"/api/performance/latency-budget.json?budget={budget}").get_json()
        return sum(row["within_budget"] for row in rows)

    # 3.02, 8.95, 90, 571 and 700 ms are published; of the Raspberry Pi the best counts.
    assert [within(budget) for budget in ("2", "8.95", "200", "600", "5000")] == [0, 2, 3, 4, 5]
    assert "Who answers within 8.95 ms?" in shown(client, "/performance", "?budget=8.95")
    assert "Who answers within 200 ms?" in shown(client, "/performance")


def test_two_runs_named_in_the_url_are_compared(client: FlaskClient, made_up: ModuleType) -> None:
    search = f"?a={made_up.SECOND_RUN[:8]}&b={made_up.FIRST_RUN}"
    rows = client.get(f"/api/performance/compare.json{search}").get_json()
    assert len(rows) == 3
    for row in rows:
        assert row["second_value"] / row["first_value"] == pytest.approx(1 / 1.1)
        better = row["direction"] == "lower"
        assert (row["ratio"] > 1) is better
    # Without any, the two newest of one source stand against each other.
    newest = client.get("/api/performance/compare.json").get_json()
    assert [1 / row["ratio"] for row in newest] == [pytest.approx(row["ratio"]) for row in rows]
    assert "How do 2b2b2b2b2b and 1a1a1a1a1a differ?" in shown(client, "/performance", search)


@pytest.mark.parametrize(
    ("search", "told"),
    [
        ("?suite=nothing", "suite “nothing” is not known"),
        ("?model=%00", "model “�” is not known"),
        ("?hardware=abacus", "it may be gpu, tpu"),
        ("?division=both", "it may be closed, open"),
        ("?budget=soon", "budget “soon” is no time"),
        ("?budget=-1", "write milliseconds from 0.001"),
        ("?budget=nan", "is no time"),
        ("?a=zzz", "no revision, round or source is called so"),
        ("?b=%00", "no revision, round or source is called so"),
        ("?a=1&a=2", "stands twice"),
    ],
)
def test_what_cannot_be_is_told_and_the_rest_is_shown(client: FlaskClient, search: str, told: str) -> None:
    page = shown(client, "/performance", search)
    assert json.dumps(told)[1:-1] in page or told in page
    assert "card-xla-gain" in page
    if search.count("=") == 1:
        answer = client.get(f"/api/performance/xla-gain.csv{search}")
        assert answer.status_code == 400


def test_cards_and_forms_that_are_not_there_are_named(client: FlaskClient) -> None:
    assert client.get("/api/performance/nothing.csv").status_code == 404
    assert client.get("/api/performance/xla-gain.xls").status_code == 404
    assert "There is no such question" in shown(client, "/performance/nothing")


def test_choices_are_written_back_as_they_were_read(filled_engine: Engine) -> None:
    chosen = Choices("published", "BERT", "gpu", "open", 50.0)
    with filled_engine.connect() as connection:
        given = dict(part.split("=") for part in chosen.query()[1:].split("&"))
        assert read_choices(given, what_is_held(connection), connection) == (chosen, [])
    assert Choices().query() == ""


def test_the_page_asks_a_bounded_number_of_questions(client: FlaskClient, filled_engine: Engine) -> None:
    asked: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(filled_engine, "before_cursor_execute", note)
    try:
        shown(client, "/performance")
    finally:
        event.remove(filled_engine, "before_cursor_execute", note)
    assert len(asked) < 40
    # Facts are read by the comparison and the changes alone, and there by index.
    assert sum("benchmark_results r" in statement for statement in asked) == 2


def test_a_platform_and_a_device_have_one_style_wherever_they_are_drawn(filled_engine: Engine) -> None:
    with filled_engine.connect() as connection:
        reader, _ = performance.read(connection, {}, TODAY)
        narrow, _ = performance.read(connection, {"hardware": "dsp"}, TODAY)
    assert reader.styles == narrow.styles
    devices = [name for name in reader.styles if name in ("V100", "A100", "P100", "K80")]
    assert len({reader.styles[name].colour for name in devices}) == len(devices) == 4


def test_nothing_held_says_what_to_do(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        for question in ("xla_gain", "xla_by_year", "xla_slower"):
            assert ask(connection, question).rows == []
        reader, _ = performance.read(connection, {}, TODAY)
    assert not reader.held.rows


def test_times_stand_on_a_logarithmic_axis_and_zero_is_refused() -> None:
    points = [
        Point("TPU", date(2020, 1, 1), 100.0, "x", 150.0),
        Point("TPU", date(2021, 1, 1), 10.0, "y", 15.0),
    ]
    drawn = over_time(points, "minutes", styles([]))
    assert drawn["layout"]["yaxis"]["type"] == "log"
    assert [trace["y"] for trace in drawn["data"]] == [[150.0, 15.0], [100.0, 10.0]]
    with pytest.raises(ValueError, match="cannot stand on a logarithmic axis"):
        over_time([points[0]._replace(value=0.0)], "minutes", styles([]))


def test_dots_stand_against_their_line_with_their_band_and_hollow_where_they_are_not_whole() -> None:
    dots = [Dot("a", "TPU", 1.5, "1.5×", "", 1.4, 1.6), Dot("b", "x86", 0.9, "0.9×", "", whole=False)]
    drawn = against_line(dots, 1, styles([]), suffix="×", caption="gain")
    slower, faster = 0, 1
    marks = drawn["data"][0]
    assert marks["x"] == [0.9, 1.5]
    assert marks["marker"]["color"][slower] != marks["marker"]["line"]["color"][slower]
    assert marks["marker"]["color"][faster] == marks["marker"]["line"]["color"][faster]
    spans = {(shape["x0"], shape["x1"]) for shape in drawn["layout"]["shapes"]}
    assert spans == {(1, 1), (1, 1.5), (1.4, 1.6), (1, 0.9)}
    assert drawn["layout"]["xaxis"]["type"] == "linear"
    assert (
        against_line(dots, 1, styles([]), suffix="", caption="", measured=True)["layout"]["xaxis"]["type"]
        == "log"
    )


def test_a_long_title_stands_whole_on_two_lines_and_no_line_runs_through_it() -> None:
    title = "ResNet-50 · XLA, default passes · training · 8 × V100 · mixed precision · 2019"
    dots = [Dot(title, "NVIDIA GPU", 1.5, "1.5×", ""), Dot("short", "TPU", 2.0, "2×", "")]
    layout = against_line(dots, 1, styles([]), suffix="×", caption="gain")["layout"]
    lines = next(note["text"] for note in layout["annotations"] if "ResNet" in note["text"])
    first, _, second = lines.partition("<br>")
    assert f"{first} {second}" == f"{title} <b>1.5×</b>"
    assert max(len(first), len(second) - len(" <b>1.5×</b>")) <= 50
    rows = layout["height"] / 2
    for shape in layout["shapes"]:
        if shape["x0"] == shape["x1"]:
            # Titles begin five pixels above their dot, and end where the row above begins.
            assert shape["y1"] - round(shape["y1"]) <= 9 / 38
            assert shape["y0"] - round(shape["y1"]) >= -0.5
    shorter = against_line(dots[1:] * 2, 1, styles([]), suffix="×", caption="gain")["layout"]
    assert rows > shorter["height"] / 2


def test_scaling_is_drawn_in_per_cent_over_a_logarithmic_number_of_devices() -> None:
    steps = [Step("a", "V100", count, share, "") for count, share in ((8, 0.9), (1, 1.0))]
    drawn = scaling(steps, styles(["V100"]))
    assert drawn["data"][0]["x"] == [1, 8]
    assert drawn["data"][0]["y"] == [100, 90]
    assert drawn["layout"]["xaxis"]["type"] == "log"


def test_names_from_files_are_shown_as_they_are(client: FlaskClient) -> None:
    assert client.get(f"/api/performance/xla-gain.csv?suite={quote('<b>')}").status_code == 400
