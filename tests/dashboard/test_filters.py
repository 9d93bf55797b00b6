"""Filters: what a URL asks for is understood, refused in words, and written back the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.callbacks import parsed
from dashboard.filters import COMPARISONS, GRAINS, Filters, read_filters, read_segments

SEGMENTS = ("organization", "Weights & Biases, Inc.", "Meta → Google", "all", "365 days", "A+B=C?#/é")
SCOPES = ("project", "role:core", "tensorflow/tensorflow")
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@st.composite
def possible(draw: st.DrawFn) -> Filters:
    start, end = draw(st.none() | DAYS), draw(st.none() | DAYS)
    if start and end and start > end:
        start, end = end, start
    scope = draw(st.sampled_from(SCOPES))
    others = [name for name in SCOPES if name != scope]
    return Filters(
        scope,
        draw(st.sampled_from(GRAINS)),
        start,
        end,
        draw(st.sampled_from([*sorted(COMPARISONS), *others])),
        tuple(draw(st.lists(st.sampled_from(SEGMENTS), unique=True))),
    )


@given(possible())
def test_filters_written_into_a_url_read_back_the_same(filters: Filters) -> None:
    query = parsed(filters.query())
    found, problems = read_filters(query, SCOPES)
    segments, more = read_segments(query, SEGMENTS)
    assert (replace(found, segments=segments), problems + more) == (filters, [])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["scope", "grain", "from", "to", "compare", "segment", "other"]),
        st.text(max_size=60) | st.integers() | st.none() | st.lists(st.text(max_size=5), max_size=3),
    )
)
def test_anything_else_gives_possible_filters_and_a_sentence_for_each_fault(query: dict[str, object]) -> None:
    filters, problems = read_filters(query, SCOPES)
    assert filters.scope in SCOPES
    assert filters.grain in GRAINS
    assert filters.compare in (*COMPARISONS, *SCOPES)
    assert filters.compare != filters.scope
    segments, more = read_segments(query, SEGMENTS)
    assert set(segments) <= set(SEGMENTS)
    problems += more
    assert not (filters.start and filters.end and filters.start > filters.end)
    for sentence in problems:
        assert sentence.endswith(".")
        assert len(sentence) < 200
        assert sentence.isprintable()


def test_the_default_view_has_a_bare_address() -> None:
    assert Filters().query() == ""


def test_a_month_in_the_url_means_all_of_it() -> None:
    filters, problems = read_filters({"from": "2020-02", "to": "2020-02"}, SCOPES)
    assert (filters.start, filters.end, problems) == (date(2020, 2, 1), date(2020, 2, 29), [])


def test_a_fault_names_the_parameter_the_value_and_what_is_allowed() -> None:
    _, problems = read_filters({"grain": "fortnight"}, SCOPES)
    assert problems == [
        "grain “fortnight” is not known: it may be week, month, quarter, year. Shown is month."
    ]


def test_a_segment_that_does_not_exist_is_refused_in_words() -> None:
    assert read_segments({"segment": ["nobody", "all", "<b>"]}, ["all", "organization"]) == (
        ("all",),
        [
            "segment “nobody” is not known, nor is another: it may be all, organization. It is left out.",
        ],
    )


def test_a_scope_is_not_compared_with_itself() -> None:
    filters, problems = read_filters({"scope": "role:core", "compare": "role:core"}, SCOPES)
    assert filters.compare == "none"
    assert "is the scope itself" in problems[0]
