"""5,000 hostile addresses: every page and route answers in words, and gives back nothing that could run."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.app import PAGES
from dashboard.export import FORMS
from dashboard.lists.known import LISTS
from dashboard.pages.performance import CARDS

#: What marks a value as ours: where it comes back, it has to come back as text.
MARK = "x<svg/onload=alert(1)>'\";--"
NAMES = (
    *("q", "limit", "lang"),
    *("scope", "grain", "from", "to", "compare", "segment", "period", "sort", "page", "label", "theme"),
    *("q", "_rows", "_seconds", "_shape", "stored", "run"),
    *(
        "metric",
        "view",
        "path",
        "self",
        "kind",
        "__proto__",
        "x[]",
        "segments",
        "query",
        "search",
        "lang",
        MARK,
    ),
    *(
        "author.has",
        "repository.has",
        "login.is",
        "additions.min",
        "day.max",
        "opened.min",
        "role.is",
        "x.has",
        "sources.page",
        "budget",
        "a",
    ),
)
VALUES = (
    *(MARK, "", "project", "tensorflow/tensorflow", "week", "month", "year", "index", "organization", "all"),
    *(
        "SELECT 1",
        "SELECT name FROM scopes WHERE name = :scope",
        "numbers_of_a_metric",
        "SELECT holder FROM leases",
    ),
    *("2019-01-01", "2019-01", "0001-01-01", "9999-12-31", "2020-02-30", "-0", "1e9", "NaN", "٣", "1" * 400),
    *("%00", "\x00", "\ud7ff", "../../etc/passwd", "' OR 1=1 --", "{{7*7}}", "%s%n", "javascript:alert(1)"),
    *("-day", "day", "subject", "value; DROP TABLE metric_values", "\r\nSet-Cookie: a=b", "‮txet", "A" * 5000),
)
#: What stands in an address where a route has a variable: some that are, and some that cannot be.
VARIABLES = (
    *("commits", "new_contributors", "review_pairs", "change_requests_opened", "conversion"),
    *(*LISTS, *CARDS, "1", "0", "-1", "9" * 30, "nothing", MARK, "..", "%2e"),
)
FORMS_ASKED = (*FORMS, "svg", "exe")
SHOWN = tuple(page.path for page in PAGES)
#: Addresses of no route.
NOWHERE = ("/<nothing>", "/metrics/<metric>/more", "/api/<nothing>")
#: Pages take longer to show than routes to answer: so large a part of the addresses is theirs.
PAGES_PART = 0.1
#: Of so many addresses in each of so many examples.
EXAMPLES, ADDRESSES = 50, 100

parameters = st.tuples(
    st.sampled_from(NAMES) | st.text(max_size=8),
    st.sampled_from(VALUES) | st.text(max_size=40),
)


def routes(client: FlaskClient) -> list[tuple[str, str]]:
    """Every route that the application has, with the methods that it takes: none is named here.

    Dash's own are left out, but for those that show pages, which are asked as its script does.
    """
    found = [
        (str(rule.rule), method)
        for rule in client.application.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"})
        if not rule.rule.startswith(("/_", "/assets/")) and "<path:path>" not in rule.rule
    ]
    return [*found, *((path, "GET") for path in NOWHERE)]


def addresses(
    seed: int, known: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """The path, the method ("" for a page) and the parameters that are given to it, of each address."""
    chosen = random.Random(seed)

    def filled(variable: re.Match[str]) -> str:
        return chosen.choice(FORMS_ASKED if variable[0].endswith("form>") else VARIABLES)

    for _ in range(ADDRESSES):
        shown = chosen.random() < PAGES_PART
        path, method = (chosen.choice(SHOWN), "") if shown else chosen.choice(known)
        query = [(chosen.choice(NAMES), chosen.choice(VALUES)) for _ in range(chosen.randrange(5))]
        yield re.sub(r"<[^>]+>", filled, path), method, query


def asked_of_the_page(client: FlaskClient, path: str, query: list[tuple[str, str]]) -> Any:
    """What Dash's page callback answers."""
    return client.post(
        "/_dash-update-component",
        json={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": [
                {"id": "_pages_content", "property": "children"},
                {"id": "_pages_store", "property": "data"},
            ],
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": path},
                {"id": "_pages_location", "property": "search", "value": "?" + urlencode(query)},
            ],
            "changedPropIds": ["_pages_location.pathname"],
        },
    )


def check(client: FlaskClient, path: str, method: str, query: list[tuple[str, str]]) -> None:
    """One address: what a page shows, or what a route answers."""
    if method:
        answer = client.open(path, method=method, query_string=query)
    else:
        answer = asked_of_the_page(client, path, query)
    body = answer.get_data().decode(errors="replace")
    where = f"{method} {path} {query!r}"
    # The tests' database was made without migrations, of which this one route tells with a 503.
    assert answer.status_code < 500 or (path, answer.status_code) == ("/readyz", 503), where
    assert "Traceback (most recent call last)" not in body, where
    assert "sqlalchemy" not in body.casefold(), where
    assert "Set-Cookie" not in answer.headers, where
    assert answer.headers["X-Content-Type-Options"] == "nosniff", where
    if answer.mimetype == "application/json":
        if body:
            json.loads(body)
        # Only as text of a component: nothing that is shown as markup.
        assert "DangerouslySetInnerHTML" not in body, where
        assert '"javascript:' not in body, where
    else:
        assert "<svg/onload" not in body, where
        assert "javascript:alert" not in body, where


def test_hostile_addresses_are_answered_in_words_and_give_back_nothing_that_runs(
    counted: FlaskClient,
) -> None:
    known = routes(counted)
    # Those that were there when this was written: what lists the routes finds them.
    assert {"/api/metrics/<metric>.<form>", "/embed/metrics/<metric>", "/reports/<int:report_id>"} <= {
        path for path, _ in known
    }

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32), st.lists(parameters, max_size=4))
    def answered(seed: int, more: list[tuple[str, str]]) -> None:
        for path, method, query in addresses(seed, known):
            check(counted, path, method, [*query, *more])

    answered()
