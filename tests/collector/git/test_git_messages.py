"""What a message tells about pull requests, papers and co-authors, and what a date tells."""

from __future__ import annotations

import pytest

from collector.git.dates import written_instant, written_zone
from collector.git.messages import coauthors, papers, pull_request, subject, text


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (b"PR #123: Read faster", 123),
        (b"Merge pull request #123 from somebody/branch", 123),
        (b"Merge pull request #123", 123),
        (b"Read faster (#123)", 123),
        (b'Revert "Read faster (#12)" (#34)', 34),
        (b'Revert "Read faster (#12)"', None),
        (b"Rollback of PR #123", None),
        (b"PR #123 was wrong", None),
        (b"Fix #123", None),
        (b"Read (#123) faster", None),
        (b"Merge pull request #", None),
        (b"(#99999999999999999999)", None),
        (b"", None),
    ],
)
def test_a_subject_names_the_pull_request_that_it_lands(line: bytes, number: int | None) -> None:
    assert pull_request(line) == number


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (b"https://arxiv.org/abs/1603.04467v2", {("arxiv", "1603.04467")}),
        (b"arxiv: 1603.04467.", {("arxiv", "1603.04467")}),
        (b"arxiv.org/abs/cs/0112017", {("arxiv", "cs/0112017")}),
        (b"arxiv.org/abs/math.gt/0309136", {("arxiv", "math.gt/0309136")}),
        (b"[x](https://doi.org/10.1145/3065386)", {("doi", "10.1145/3065386")}),
        (b"the arxiv of 1603.04467", set()),
        (b"doing 10.1145/3065386", set()),
    ],
)
def test_papers_are_found_by_their_links(message: bytes, found: set[tuple[str, str]]) -> None:
    assert papers(message) == found


def test_coauthors_count_wherever_their_line_stands() -> None:
    message = (
        b"S\n\nCo-authored-by: A B <a@x.example>\n\nPiperOrigin-RevId: 1\n  CO-AUTHORED-BY:<b@x.example>\nno"
    )
    assert list(coauthors(message)) == [(b"A B", b"a@x.example"), (b"", b"b@x.example")]


def test_the_subject_is_the_first_line_that_is_not_blank() -> None:
    assert subject(b"\n \n One \r\nTwo") == b"One"
    assert subject(b"") == b""


def test_text_never_holds_a_nul() -> None:
    assert text(b"a\0b") == "ab"


@pytest.mark.parametrize(
    ("written", "instant", "zone"),
    [
        (b"1500000000 +0530", 1500000000, 330),
        (b"1500000000 -0330", 1500000000, -210),
        (b"1500000000 -0000", 1500000000, 0),
        (b"1500000000 +5180", 1500000000, 0),
        (b"1500000000 +2500", 1500000000, 0),
        (b"-1 +0000", None, 0),
        (b"999999999999999 +0000", None, 0),
        (b"", None, 0),
    ],
)
def test_dates_and_zones_are_read_or_known_not_to_be(written: bytes, instant: int | None, zone: int) -> None:
    assert written_instant(written) == instant
    assert written_zone(written) == zone
