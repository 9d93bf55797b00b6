"""5,000 hostile addresses: every page and route answers in words, and gives back nothing that could run."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.app import PAGES
from dashboard.export import FORMS

#: What marks a value as ours: where it comes back, it has to come back as text.
MARK = "x<svg/onload=alert(1)>'\";--"
NAMES = (
    *("scope", "grain", "from", "to", "compare", "segment", "period", "sort", "page", "label", "theme"),
    *("metric", "view", "path", "self", "kind", "__proto__", "x[]", "segments", "query", "search", MARK),
    *(
        "author.has",
        "repository.has",
        "login.is",
        "additions.min",
        "day.max",
        "opened.min",
        "role.is",
        "x.has",
    ),
)
VALUES = (
    *(MARK, "", "project", "tensorflow/tensorflow", "week", "month", "year", "index", "organization", "all"),
    *("2019-01-01", "2019-01", "0001-01-01", "9999-12-31", "2020-02-30", "-0", "1e9", "NaN", "٣", "1" * 400),
    *("%00", "\x00", "\ud7ff", "../../etc/passwd", "' OR 1=1 --", "{{7*7}}", "%s%n", "javascript:alert(1)"),
    *("-day", "day", "subject", "value; DROP TABLE metric_values", "\r\nSet-Cookie: a=b", "‮txet", "A" * 5000),
)
METRICS = (
    *("commits", "new_contributors", "review_pairs", "change_requests_opened", "conversion"),
    *("nothing", MARK, "..", "%2e"),
)
SHOWN = tuple(page.path for page in PAGES)
ROUTES = (
    *(f"/api/metrics/<metric>.{form}" for form in FORMS),
    *(f"/api/metrics/<metric>/rows.{form}" for form in FORMS),
    *(f"/api/lists/repositories.{form}" for form in FORMS),
    "/api/lists/<metric>.csv",
    *("/api", "/api/openapi.json", "/api/metrics", "/api/scopes", "/api/metrics/<metric>.exe"),
    *("/badge/<metric>.svg", "/embed/metrics/<metric>", "/reports/1", "/reports/0", "/theme.css"),
    *("/<metric>", "/metrics/<metric>/more"),
)
#: Pages take longer to show than routes to answer: so large a part of the addresses is theirs.
PAGES_PART = 0.1
#: Of so many addresses in each of so many examples.
EXAMPLES, ADDRESSES = 50, 100

parameters = st.tuples(
    st.sampled_from(NAMES) | st.text(max_size=8),
    st.sampled_from(VALUES) | st.text(max_size=40),
)


def addresses(seed: int) -> list[tuple[bool, str, list[tuple[str, str]]]]:
    """Whether it is a page, the path, and the parameters that are given to it, of each address."""
    chosen = random.Random(seed)
    found = []
    for _ in range(ADDRESSES):
        shown = chosen.random() < PAGES_PART
        path = chosen.choice(SHOWN if shown else ROUTES).replace("<metric>", chosen.choice(METRICS))
        query = [(chosen.choice(NAMES), chosen.choice(VALUES)) for _ in range(chosen.randrange(5))]
        found.append((shown, path, query))
    return found


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


def check(client: FlaskClient, path: str, query: list[tuple[str, str]], shown: bool) -> None:
    """One address: what a page shows, or what a route answers."""
    answer = asked_of_the_page(client, path, query) if shown else client.get(path, query_string=query)
    body = answer.get_data().decode(errors="replace")
    where = f"{path} {query!r}"
    assert answer.status_code < 500, where
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
        for shown, path, query in addresses(seed):
            check(counted, path, [*query, *more], shown=shown)

    answered()
