"""What counts as landed by the timeline: the commit that closed a pull request, and not just any."""

from __future__ import annotations

from typing import Any

import pytest

from collector.github.accounts import instant
from collector.github.pull_requests import landing

SHA = "ab" * 20
CLOSED = "2024-05-10T09:00:00Z"


def node(
    message: str | None, by: str | None = "somebody", author: str | None = "ada", state: str = "CLOSED"
) -> dict[str, Any]:
    """A pull request of number 123 that a commit closed."""
    closer: dict[str, Any] = {"__typename": "Commit", "oid": SHA}
    if message is not None:
        closer |= {"message": message, "author": {"user": {"login": by} if by else None}}
    return {
        "number": 123,
        "state": state,
        "closedAt": CLOSED,
        "mergedAt": None,
        "mergeCommit": None,
        "author": {"login": author} if author else None,
        "timelineItems": {"nodes": [{"createdAt": CLOSED, "closer": closer}]},
    }


@pytest.mark.parametrize(
    "message",
    [
        "PR #123: Fix the thing\n\nPiperOrigin-RevId: 1",
        "Merge pull request #123 from ada:fix\n\nPiperOrigin-RevId: 1",
        "Fix the thing (#123)",
        "Fix the thing\n\nImported from GitHub PR https://github.com/tensorflow/tensorflow/pull/123\n\nMore",
        "Fix\n\nMerging this change closes #123\n\nPiperOrigin-RevId: 1",
        "Fix\n\nFUTURE_COPYBARA_INTEGRATE_REVIEW=https://github.com/o/n/pull/123 from ada:fix 0ab",
        None,
    ],
)
def test_a_commit_that_says_that_it_lands_the_pull_request_is_evidence(message: str | None) -> None:
    assert landing(node(message)) == ("merged", "commit", SHA, instant(CLOSED))


@pytest.mark.parametrize(
    "message",
    [
        "Fix the other thing\n\nFixes #123",
        "Do it differently. Closes #123, which did too much.",
        "PR #1234: Another change\n\nCloses #123",
        "Rollback of PR #123: Fix the thing",
        "Fix\n\nImported from GitHub PR https://github.com/tensorflow/tensorflow/pull/1234\n\nFixes #123",
    ],
)
def test_somebody_elses_fix_that_closes_it_in_passing_lands_nothing(message: str) -> None:
    assert landing(node(message)) == ("closed", None, None, None)
    assert landing(node(message, by=None, author=None)) == ("closed", None, None, None)


def test_the_authors_own_commit_is_evidence_whatever_it_says() -> None:
    assert landing(node("Fix the thing\n\nCloses #123", by="ada")) == (
        "merged",
        "commit",
        SHA,
        instant(CLOSED),
    )


def test_one_that_was_closed_by_a_commit_and_opened_again_is_open() -> None:
    assert landing(node("PR #123: Fix", state="OPEN")) == ("open", None, None, None)


def test_one_that_was_closed_by_hand_is_closed() -> None:
    by_hand = node(None)
    by_hand["timelineItems"]["nodes"][0]["closer"] = None
    assert landing(by_hand) == ("closed", None, None, None)
