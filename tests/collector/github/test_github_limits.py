"""Every way in which GitHub has said that a limit is reached is told from refusals that are none."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from collector.github.limits import Limit, limit_in, resource_of
from collector.github.transport import Answer

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)
SOON = str(int(NOW.timestamp()) + 90)


def said(status: int, message: str, documentation: str = "", **headers: str) -> Answer:
    told = {"message": message, "documentation_url": documentation}
    return Answer(status, told, {"date": DATE} | {k.replace("_", "-"): v for k, v in headers.items()})


def faulty(*faults: dict[str, str], **headers: str) -> Answer:
    told = {"data": None, "errors": list(faults)}
    return Answer(200, told, {"date": DATE} | {k.replace("_", "-"): v for k, v in headers.items()})


QUOTA = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": SOON}


@pytest.mark.parametrize(
    "answer",
    [
        said(403, "API rate limit exceeded for user ID 1.", **QUOTA),
        said(403, "API rate limit exceeded for 192.0.2.1. (But here's the good news: …)", **QUOTA),
        said(403, "API rate limit exceeded for installation ID 7.", **QUOTA),
        said(429, "API rate limit exceeded for user ID 1.", **QUOTA),
        said(403, "", **QUOTA),
        said(403, "Must have push access to repository", **QUOTA),
        Answer(403, None, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": SOON}),
        faulty({"message": "API rate limit exceeded for installation ID 7."}, **QUOTA),
        faulty({"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}, **QUOTA),
        faulty(
            {"type": "RATE_LIMIT", "message": "API rate limit already exceeded for user ID 1."},
            **QUOTA,
        ),
    ],
)
def test_a_used_up_quota_holds_until_its_reset(answer: Answer) -> None:
    assert limit_in(answer, NOW) == Limit(secondary=False, seconds=90.0)


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("message", "documentation"),
    [
        ("You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", ""),
        ("You have exceeded a secondary rate limit and have been temporarily blocked from …", ""),
        ("You have triggered an abuse detection mechanism. Please wait a few minutes …", ""),
        ("Slow down.", "https://docs.github.com/rest/overview/rate-limits#about-secondary-rate-limits"),
        ("Slow down.", "https://developer.github.com/v3/#abuse-rate-limits"),
    ],
)
def test_a_limit_on_speed_is_told_by_its_words(status: int, message: str, documentation: str) -> None:
    assert limit_in(said(status, message, documentation), NOW) == Limit(secondary=True, seconds=None)
    assert limit_in(said(status, message, documentation, retry_after="30"), NOW) == Limit(True, 30.0)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (said(403, "Must have push access to repository", retry_after="2"), 2.0),
        (said(403, "Forbidden", gh_limited_by="search-elapsed-time-shared-grouped"), None),
        (said(429, "", x_ratelimit_remaining="4000", x_ratelimit_reset=SOON), None),
        (Answer(429, None, {}), None),
        (faulty({"message": "You have exceeded a secondary rate limit."}, retry_after="5"), 5.0),
        (said(200, "You have exceeded a secondary rate limit."), None),
        (said(429, "Wait.", retry_after=format_datetime(NOW.replace(second=8), usegmt=True)), 8.0),
    ],
)
def test_a_limit_on_speed_is_told_by_status_and_headers(answer: Answer, seconds: float | None) -> None:
    assert limit_in(answer, NOW) == Limit(secondary=True, seconds=seconds)


@pytest.mark.parametrize(
    "answer",
    [
        said(403, "Repository access blocked"),
        said(403, "Must have push access to repository", x_ratelimit_remaining="4000"),
        said(403, "Resource not accessible by integration"),
        said(404, "Not Found", x_ratelimit_remaining="0", x_ratelimit_reset=SOON),
        said(401, "Bad credentials"),
        said(200, "fine", x_ratelimit_remaining="0", x_ratelimit_reset=SOON),
        faulty({"type": "NOT_FOUND", "message": "Could not resolve to a Repository"}),
        faulty({"type": "FORBIDDEN", "message": "Resource protected by organization SAML enforcement"}),
        Answer(200, [{"message": "an issue on a secondary rate limit"}], {}),
        Answer(304, None, {}),
    ],
)
def test_what_is_no_limit_is_not_taken_for_one(answer: Answer) -> None:
    assert limit_in(answer, NOW) is None


def test_searches_have_a_quota_of_their_own() -> None:
    paths = ["/search/issues", "https://github.example.com/api/v3/search/code?q=x", "/repos/a/b", "/meta"]
    assert [resource_of(path) for path in paths] == ["search", "code_search", "core", "core"]
