"""Figures say what the rows say: nothing more, nothing less, and open periods apart."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import combinations, pairwise
from math import dist
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import lettering, theme, ticks
from dashboard.components.scorecard import sparkline
from dashboard.figures import KINDS, Definition, Options, Value, figure
from dashboard.periods import moved

MONTHS = [date(2020, month, 1) for month in range(1, 13)]


def rows(values: list[float | None], segment: str = "all", open_from: int = 99) -> list[Value]:
    return [
        Value(month, segment, value, 10, place < open_from)
        for place, (month, value) in enumerate(zip(MONTHS, values, strict=False))
        if value is not None
    ]


def test_a_missing_period_breaks_the_line_and_is_never_drawn_as_zero() -> None:
    drawn = figure(rows([5, 6, None, 8, 9]), Definition("m", "people", "line"), Options())
    points = [(x, y) for trace in drawn["data"] for x, y in zip(trace["x"], trace["y"], strict=True)]
    assert {y for _, y in points} == {5, 6, 8, 9}
    assert "2020-03-01" not in {x for x, _ in points}
    assert len(drawn["data"]) == 2


def test_a_missing_period_cuts_a_stacked_area_in_two() -> None:
    held = rows([5, 6, None, 8, 9], "steward") + rows([1, 2, None, 3, 4], "independent")
    drawn = figure(held, Definition("m", "commits", "area", "affiliation"), Options())
    assert len({trace["stackgroup"] for trace in drawn["data"]}) == 2
    assert all("2020-03-01" not in trace["x"] for trace in drawn["data"])


@pytest.mark.parametrize("kind", ["line", "area", "bar", "stacked_bar"])
def test_a_period_that_is_not_over_is_drawn_apart(kind: str) -> None:
    drawn = figure(rows([5, 6, 7, 3], open_from=3), Definition("m", "people", kind), Options())
    with_open = [trace for trace in drawn["data"] if "2020-04-01" in trace["x"]]
    without = [trace for trace in drawn["data"] if "2020-04-01" not in trace["x"]]
    assert len(with_open) == len(without) == 1
    assert "not complete" in with_open[0]["hovertemplate"]
    look = ("line", "fillcolor", "marker")
    assert [with_open[0].get(key) for key in look] != [without[0].get(key) for key in look]


def test_the_open_stretch_of_a_line_starts_at_the_last_closed_period() -> None:
    drawn = figure(rows([5, 6, 7, 3], open_from=3), Definition("m", "people", "line"), Options())
    dotted = next(trace for trace in drawn["data"] if trace["line"]["dash"] == "dot")
    assert dotted["x"] == ["2020-03-01", "2020-04-01"]


def test_shares_are_drawn_as_percentages_with_their_sign_on_the_axis() -> None:
    drawn = figure(rows([0.25, 0.5]), Definition("m", "share of commits", "line"), Options())
    assert drawn["data"][0]["y"] == [25.0, 50.0]
    assert drawn["layout"]["yaxis"]["ticksuffix"] == "%"
    assert any(mark["text"] == "% of commits" for mark in drawn["layout"]["annotations"])


def test_the_axis_starts_at_zero_and_holds_every_value() -> None:
    drawn = figure(rows([80, 90, 100]), Definition("m", "people", "line"), Options())
    low, high = drawn["layout"]["yaxis"]["range"]
    assert low == 0
    assert high >= 100


def test_only_milestones_within_the_shown_periods_are_marked() -> None:
    marks = ((date(2017, 2, 15), "1.0"), (date(2020, 6, 1), "inside"))
    drawn = figure(rows([1.0] * 12), Definition("m", "people", "line"), Options(milestones=marks))
    texts = [mark["text"] for mark in drawn["layout"]["annotations"]]
    assert "inside" in texts
    assert "1.0" not in texts
    assert len(drawn["layout"]["shapes"]) == 1


def test_a_segment_has_one_colour_on_every_figure() -> None:
    held = rows([1, 2], "steward") + rows([1, 2], "organization") + rows([1, 2], "unknown")
    found: dict[str, set[str]] = {}
    for kind in ("area", "stacked_bar"):
        drawn = figure(held, Definition("m", "commits", kind, "affiliation"), Options())
        for trace in drawn["data"]:
            colour = trace["line"]["color"] if kind == "area" else trace["marker"]["color"]
            found.setdefault(trace["name"], set()).add(colour)
    assert found["organization"] == {theme.ACCENT.fill}
    assert found["steward"] == {theme.STEWARD.fill}
    assert found["unknown"] == {theme.UNKNOWN.fill}


@given(st.sets(st.text(min_size=1, max_size=8), max_size=10))
def test_segments_of_one_chart_are_told_apart(segments: set[str]) -> None:
    plain = {name for name in segments if theme.meaning_of(name) is None}
    chosen = theme.colours(plain)
    assert len(set(chosen.values())) == len(plain)
    assert theme.colours(sorted(plain, reverse=True)) == chosen


def test_what_a_chart_is_about_has_the_accent_and_nothing_beside_it_looks_like_that() -> None:
    beside = {"torvalds/linux", "pytorch/pytorch", "keras-team/keras", "jax-ml/jax", "openxla/xla"}
    for subject, own in (
        ("TensorFlow (core and ecosystem)", "TensorFlow (core and ecosystem)"),
        ("TensorFlow (core and ecosystem)", "tensorflow/tensorflow"),
        ("tensorflow/tensorflow", "tensorflow/tensorflow"),
    ):
        chosen = theme.colours({own, *beside}, subject)
        assert chosen[own] == theme.ACCENT
        assert theme.ACCENT not in {chosen[name] for name in beside}


def in_lab(colour: str) -> tuple[float, ...]:
    """A colour in CIE L*a*b* (D65), where distances are about what eyes see."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    tristimulus = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in tristimulus)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_no_two_colours_of_one_chart_are_alike_in_either_theme() -> None:
    meant = (theme.ACCENT, theme.BOT, theme.REST)
    for shade in ("fill", "dark_fill"):
        # Where something is independent, no other blue of that kind stands beside it.
        for palette in ((*meant, *theme.SEQUENCE), (*meant, theme.INDEPENDENT, *theme.SEQUENCE[1:])):
            shades = [in_lab(getattr(colour, shade)) for colour in palette]
            assert min(dist(one, other) for one, other in combinations(shades, 2)) > 18
    assert theme.SEQUENCE[0] not in theme.COMPANIES.values()
    mixed = theme.colours({"independent", *(f"name {number}" for number in range(12))})
    assert theme.SEQUENCE[0] not in mixed.values()
    assert len(set(mixed.values())) == 13


def test_a_stack_of_many_parts_sums_up_the_smallest_and_lines_turn_grey_instead() -> None:
    companies = list(theme.COMPANIES)
    sizes = {name: 100.0 - 5 * place for place, name in enumerate(companies)}
    held = [row for name, size in sizes.items() for row in rows([size, size], name)]
    held += rows([50.0, 50.0], "steward") + rows([10.0, 10.0], "bot")
    stack = Definition("m", "commits", "stacked_bar", "organisation")
    drawn = figure(held, stack, Options())
    by_name = {trace["name"]: trace for trace in drawn["data"]}
    # Bots have a colour of their own as well, the steward is grey in any case.
    own = companies[: theme.MOST - 1]
    assert set(by_name) == {*own, "steward", "bot", "…"}
    assert by_name["…"]["y"] == [sum(sizes[name] for name in companies[theme.MOST - 1 :])] * 2
    assert by_name["…"]["marker"]["color"] == theme.REST.fill
    assert by_name["…"]["hovertemplate"].startswith("6 others: ")
    # No rows belong to a sum: a click leads to those of the whole period.
    assert "meta" not in by_name["…"]
    assert by_name[own[0]]["meta"] == {"segment": own[0]}
    assert sum(trace["y"][0] for trace in drawn["data"]) == sum(sizes.values()) + 60
    assert "6 others" in [note["text"] for note in drawn["layout"]["annotations"]]
    lines = figure(held, stack._replace(figure="line"), Options())
    colours = {trace["name"]: trace["line"]["color"] for trace in lines["data"]}
    assert set(colours) == {*sizes, "steward", "bot"}
    assert [name for name in companies if colours[name] == theme.REST.fill] == companies[theme.MOST - 1 :]
    named = " ".join(note["text"] for note in lines["layout"]["annotations"])
    assert all(name in named for name in companies)
    # As many as can be told apart stay as they are.
    few = [row for row in held if row.segment in companies[: theme.MOST]]
    assert {trace["name"] for trace in figure(few, stack, Options())["data"]} == {*companies[: theme.MOST]}


def test_every_colour_has_a_rule_that_turns_it_dark() -> None:
    rules = theme.stylesheet()
    for colour in (*theme.MEANINGS.values(), *theme.GREYS, *theme.SEQUENCE):
        assert f'[style*="fill: {theme.rgb(colour.fill)}"]{{fill:{colour.dark_fill} ' in rules


@given(st.lists(st.tuples(st.text(min_size=1, max_size=40), st.floats(0, 100)), min_size=1, max_size=10))
def test_end_labels_never_overlap(labels: list[tuple[str, float]]) -> None:
    height = 220
    given_labels = [lettering.EndLabel(text, value, "#000000") for text, value in labels]
    written = lettering.end_labels(given_labels, [0, 100], height)
    boxes = []
    for mark in written:
        middle = mark["y"] / 100 * height
        half = (mark["text"].count("<br>") + 1) * lettering.LINE / 2
        boxes.append((middle - half, middle + half))
    boxes.sort()
    for (_, top), (bottom, _) in pairwise(boxes):
        assert bottom >= top - 1e-6


def test_text_of_segments_is_never_taken_as_markup() -> None:
    held = rows([1, 2], "<b>x</b>") + rows([2, 1], "<img src=x onerror=alert(1)>")
    written = json.dumps(figure(held, Definition("m", "people", "line", "kind"), Options()))
    assert "<img" not in written
    assert "<b>x" not in written


def test_the_funnel_shows_the_last_period_that_is_over_largest_first() -> None:
    held = [
        Value(month, stage, value, 10, month < MONTHS[2])
        for month, scale in zip(MONTHS[:3], (1, 2, 9), strict=True)
        for stage, value in (("merged", 10.0 * scale), ("asked", 40.0 * scale))
    ]
    drawn = figure(held, Definition("m", "people", "funnel", "stage"), Options())
    assert drawn["data"][0]["y"] == ["Asked", "Merged"]
    assert drawn["data"][0]["x"] == [80.0, 20.0]
    assert "25% of the first" in drawn["data"][0]["text"][1]


def test_pairs_become_a_square_with_holes_where_nothing_is_held() -> None:
    held = [Value(MONTHS[0], "Meta → Arm", 3, 3, True), Value(MONTHS[0], "Arm → steward", 2, 2, True)]
    drawn = figure(
        held, Definition("m", "changes", "heat_map", "author → reviewer"), Options(steward="Google")
    )
    trace = drawn["data"][0]
    assert trace["x"] == ["Arm", "Google"]
    cells = {
        (y, x): z
        for y, line in zip(trace["y"], trace["z"], strict=True)
        for x, z in zip(trace["x"], line, strict=True)
    }
    assert cells == {("Meta", "Arm"): 3, ("Meta", "Google"): None, ("Arm", "Arm"): None, ("Arm", "Google"): 2}


def test_the_moving_mean_is_the_mean_of_twelve_months_and_skips_gaps() -> None:
    drawn = figure(rows([float(n) for n in range(12)]), Definition("m", "people", "bar"), Options())
    assert all(trace["name"] != "mean" for trace in drawn["data"])
    long = [Value(moved(MONTHS[0], "month", n), "all", float(n), 1, True) for n in range(30)]
    drawn = figure(long, Definition("m", "people", "bar"), Options())
    mean = next(trace for trace in drawn["data"] if trace["name"] == "mean")
    assert mean["y"][0] == pytest.approx(sum(range(12)) / 12)
    assert mean["y"][-1] == pytest.approx(sum(range(18, 30)) / 12)


def test_an_unknown_kind_of_figure_is_named() -> None:
    with pytest.raises(ValueError, match="'pie' is not known"):
        figure(rows([1]), Definition("m", "people", "pie"), Options())


@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(
        st.tuples(
            st.integers(0, 40),
            st.sampled_from(["steward", "unknown", "x", "y → z"]),
            st.floats(0, 1e12, allow_nan=False),
            st.booleans(),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(["week", "month", "quarter", "year"]),
)
def test_any_rows_make_a_figure_that_json_can_hold(
    kind: str, given_rows: list[tuple[int, str, float, bool]], grain: str
) -> None:
    first = date(2018, 1, 1)
    held = {
        (place, segment): Value(moved(first, grain, place), segment, value, 1, over)
        for place, segment, value, over in given_rows
    }
    options = Options(grain=grain, milestones=((date(2019, 9, 30), "2.0"),), target=3.0)
    drawn = figure(list(held.values()), Definition("m", "people", kind, "s"), options)
    json.dumps(drawn, allow_nan=False)
    assert drawn["data"]


def test_bars_stand_side_by_side_where_one_part_speaks_for_the_metric() -> None:
    held = rows([5, 6, 7], "joined") + rows([8, 2, 9], "left")
    apart = figure(held, Definition("m", "people", "bar", "joined, left", "joined"), Options())
    stacked = figure(held, Definition("m", "people", "bar", "organization, independent"), Options())
    assert apart["layout"]["barmode"] == "group"
    assert stacked["layout"]["barmode"] == "relative"
    # Side by side the axis goes up to the largest bar, stacked up to the largest sum.
    assert 9 < apart["layout"]["yaxis"]["range"][1] < 11
    assert stacked["layout"]["yaxis"]["range"][1] > 16


def test_milestones_stand_above_the_plot_and_leave_their_common_words_out_for_room() -> None:
    marks = [(date(2020, 3, 1), "Project 1.0"), (date(2020, 5, 1), "Project 2.0")]
    texts, _ = lettering.milestones(marks, MONTHS, "month")
    assert [text["text"] for text in texts] == ["1.0", "2.0"]
    assert {text["yanchor"] for text in texts} == {"bottom"}
    alone, _ = lettering.milestones(marks[:1], MONTHS, "month")
    assert [text["text"] for text in alone] == ["Project 1.0"]


def test_a_long_name_of_a_repository_keeps_its_name_and_leaves_its_owner_out() -> None:
    assert lettering.wrapped("aosp-mirror/platform_frameworks_base") == ["platform_", "frameworks_base"]
    assert lettering.wrapped("torvalds/linux") == ["torvalds/linux"]
    assert lettering.wrapped("TensorFlow (core and ecosystem)") == ["TensorFlow"]


def test_the_small_line_of_a_scorecard_stops_where_periods_have_no_value() -> None:
    held = [1, 2, 3, 6, 9, 10]
    trend = [(date(2020, month, 1), float(month)) for month in held]
    path = unquote(sparkline(trend, "past")["props"]["src"])
    assert re.findall(r"[ML]", path[path.index(' d="') :]) == ["M", "L", "L", "M", "M", "L"]
    whole = [(date(2020, month, 1), float(month)) for month in range(1, 13)]
    assert unquote(sparkline(whole, "past")["props"]["src"]).count("M") == 1


def test_few_periods_far_apart_are_named_where_their_names_have_room() -> None:
    days = [date(2016, 7, 1), date(2019, 3, 1), date(2019, 8, 1), date(2021, 1, 1)]
    axis = ticks.time_axis(days, "month")
    assert [text.split("\n")[-1].split("<br>")[-1] for text in axis["ticktext"]] == ["2016", "2019", "2021"]
    year = [date(2020, month, 1) for month in range(1, 7)]
    assert len(ticks.time_axis(year, "month")["ticktext"]) == 6


def test_the_last_year_is_named_and_has_its_room_however_many_years_there_are() -> None:
    for count in range(1, 30):
        years = [date(1997 + number, 1, 1) for number in range(count)]
        axis = ticks.time_axis(years, "year")
        assert axis["ticktext"][-1] == str(years[-1].year)
        assert axis["range"][0] <= axis["tickvals"][0]
        assert axis["tickvals"][-1] < axis["range"][1]
        # As many names as a telephone has room for, the same distance apart.
        assert len(axis["ticktext"]) <= 8
        assert len({int(b) - int(a) for a, b in pairwise(axis["ticktext"])}) <= 1


@given(st.floats(1e-3, 1e7), st.floats(-1e4, 0), st.booleans())
def test_values_are_named_at_few_round_steps_which_have_their_room(
    top: float, bottom: float, wholes: bool
) -> None:
    axis, room = ticks.value_axis([bottom, top], wholes, "%")
    step = axis["dtick"]
    assert not wholes or step >= 1
    assert f"{step:e}"[0] in "125"
    named = [number * step for number in range(int(bottom / step), int(top / step) + 1)]
    assert 1 <= len(named) <= 8
    # A digit takes 7 pixels, a comma half of that; the browser is not asked to look for the room.
    longest = max(len(f"{value:,.6f}".rstrip("0").rstrip(".")) for value in named)
    assert room >= 5.5 * longest
    drawn = figure(rows([top, 1.0]), Definition("m", "commits", "line"), Options())["layout"]
    assert not drawn["xaxis"]["automargin"]
    assert not drawn["yaxis"]["automargin"]


def test_labels_of_a_stack_stand_in_its_order_also_where_its_last_parts_are_nothing() -> None:
    held = [row for name, size in (("a", 9.0), ("b", 8.0), ("c", 7.0)) for row in rows([size, 0.0], name)]
    drawn = figure(held, Definition("m", "commits", "stacked_bar", "kind"), Options())
    heights = {note["text"]: note["y"] for note in drawn["layout"]["annotations"] if note.get("yref") == "y"}
    assert sorted(heights, key=lambda name: heights[name]) == ["A", "B", "C"]
