"""What controls write into the address, in the browser alone: as the server reads it, and nothing more."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Request, expect

from dashboard.callbacks import parsed
from dashboard.components.filter_bar import months
from dashboard.filters import COMPARISONS, GRAINS, Filters, read_filters, read_segments
from db.listing import OPERATORS

NONE = [None, None]
SPRING = ["2020-03-01", "2020-06-01"]
BESIDE = "?compare=tensorflow/keras&segment=organization&segment=independent"
BOTH = ["organization", "independent"]
ORDERED = "?role.is=human&opened.min=2020-01-01&sort=-stars&page=3&period=2020-01-01&lang=ko"
#: What the controls show at an address → the address afterwards; None where nothing is to change.
VIEWS = (
    # Controls that show what the address says leave it alone.
    (("?scope=role:core&grain=week&from=2020-03-15", "role:core", "week", [SPRING[0]], "none", []), None),
    (("", "project", "month", NONE, "none", []), None),
    (("?from=2020-03&to=2020-06", "project", "month", SPRING, "none", []), None),
    # The month picker holds no days: they stay when something else changes.
    (("?grain=week&from=2020-03-15", "project", "month", [SPRING[0], None], "none", []), "?from=2020-03-15"),
    (
        ("?grain=week&from=2020-03-15&to=2020-06-17", "project", "month", SPRING, "none", []),
        "?from=2020-03-15&to=2020-06-17",
    ),
    # A range of months reaches to the end of the last; half a range is no choice yet; none is all time.
    (
        ("", "project", "month", ["2020-01-01", "2020-02-01"], "year", []),
        "?from=2020-01-01&to=2020-02-29&compare=year",
    ),
    (("", "project", "month", ["2020-01-01", None], "none", []), None),
    (("?from=2020-01-01&to=2020-02-29", "project", "month", NONE, "none", []), ""),
    # Segments and another scope stay when something else changes.
    ((BESIDE, "project", "month", NONE, "tensorflow/keras", BOTH), None),
    ((BESIDE, "project", "year", NONE, "tensorflow/keras", BOTH), BESIDE.replace("?", "?grain=year&")),
    ((BESIDE, "project", "month", NONE, "none", ["organization"]), "?segment=organization"),
    # A scope is not compared with itself, and what cannot be is left where a control says otherwise.
    (("?compare=role:core", "role:core", "month", NONE, "role:core", []), "?scope=role:core"),
    (("?grain=decade&from=2020-13&to=x", "project", "year", NONE, "none", []), "?grain=year"),
    (("?from=2021-01-01&to=2020-01-01", "project", "year", NONE, "none", []), "?grain=year"),
    # Order and conditions of a list stay, its page and period do not.
    (
        (ORDERED, "project", "year", NONE, "none", []),
        "?grain=year&role.is=human&opened.min=2020-01-01&sort=-stars",
    ),
    (("", None, None, None, None, None), None),
)  # fmt: skip
USUAL = {"division": "closed", "budget": "200"}
CHOICES = (
    (("", "suite", "ci"), "?suite=ci"),
    (("?suite=ci&budget=50", "suite", ""), "?budget=50"),
    (("?budget=50", "budget", 200), ""),
    (("?budget=50", "budget", ""), None),
    (("", "division", "closed"), None),
    (("?scope=x", "a", " v1.0 "), "?scope=x&a=v1.0"),
)
SCOPES = ("project", "role:core", "tensorflow/tensorflow", "a b/é&=?#")
SEGMENTS = ("organization", "Weights & Biases, Inc.", "Meta → Google", "all", "A+B=C?#/é")


def possible(chance: random.Random) -> Filters:
    """Filters that a view may have."""
    days = sorted(date(1990, 1, 1) + timedelta(days=chance.randrange(40_000)) for _ in range(2))
    scope = chance.choice(SCOPES)
    others = [name for name in (*COMPARISONS, *SCOPES) if name != scope]
    return Filters(
        scope,
        chance.choice(GRAINS),
        days[0] if chance.random() < 0.6 else None,
        days[1] if chance.random() < 0.6 else None,
        chance.choice(others),
        tuple(chance.sample(SEGMENTS, chance.randrange(4))),
    )


def test_what_controls_show_is_written_as_the_server_reads_it(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/metrics/commits")
    written = page.evaluate(
        "(cases) => cases.map((given) => flowmeterFilters.changedView(...given))",
        [list(given) for given, _ in VIEWS],
    )
    for (given, wanted), found in zip(VIEWS, written, strict=True):
        assert found == wanted, given
    chosen = page.evaluate(
        "([cases, usual]) => cases.map((given) => flowmeterFilters.changedChoice(...given, usual))",
        [[list(given) for given, _ in CHOICES], USUAL],
    )
    assert chosen == [wanted for _, wanted in CHOICES]

    chance = random.Random(20170213)
    every = [possible(chance) for _ in range(300)]
    # From the address that holds the days, by a control that shows another scope: all else comes back.
    cases = []
    for one in every:
        grain = next(name for name in GRAINS if name != one.grain)
        before = Filters(one.scope, grain, one.start, one.end, one.compare, one.segments).query()
        cases.append([before, one.scope, one.grain, months(one), one.compare, list(one.segments)])
    written = page.evaluate("(cases) => cases.map((given) => flowmeterFilters.changedView(...given))", cases)
    for one, case, found in zip(every, cases, written, strict=True):
        query = parsed(found)
        read, problems = read_filters(query, SCOPES)
        segments, more = read_segments(query, SEGMENTS)
        assert (read, segments, problems + more) == (
            Filters(one.scope, one.grain, one.start, one.end, one.compare), one.segments, [],
        ), case  # fmt: skip


def test_the_script_knows_all_that_an_address_may_ask_of_a_list() -> None:
    script = Path("dashboard/assets/filters.js").read_text(encoding="utf-8")
    known = "|".join(sorted({operator for each in OPERATORS.values() for operator in each}))
    assert f"/^sort$|\\.({known})$/" in script


def test_a_filter_changes_by_one_question(watched: Any, filled_site: str) -> None:
    page = watched.open(f"{filled_site}/talent")
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/_dash-update-component" in request.url:
            asked.append(json.loads(request.post_data or "{}")["output"])

    page.on("request", note)
    page.click("#filter-grain")
    page.get_by_role("option", name="Yearly", exact=True).click()
    page.wait_for_url("**/talent?grain=year")
    watched.settle()
    expect(page.locator("#filter-grain")).to_have_value("Yearly")
    assert asked == [".._pages_content.children..._pages_store.data.."]
