"""What stands above a page's content: simulated data, a running first collection, filters that cannot be."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.markup import html
from dashboard.operations import Progress
from dashboard.view import Content

#: How many running jobs are named before the rest is only counted.
NAMED = 4


def simulated(hint: str) -> Content:
    """Says that the numbers are made up, and how to go live."""
    return html.Div(
        [html.Strong("Simulated data"), " — every number here comes from the bundled simulator. ", hint],
        className="banner warn",
        role="note",
        id="simulated",
    )


def collecting(progress: Progress) -> Content:
    """What is collected at this moment, and how far it has come."""
    parts = []
    for job in progress.running[:NAMED]:
        of = f" of {job.expected_rows:,}" if job.expected_rows and job.expected_rows >= job.rows else ""
        parts.append(f"{job.job.replace('_', ' ')} of {job.target}: {job.rows:,}{of} rows")
    rest = len(progress.running) - NAMED
    if rest > 0:
        parts.append(f"{rest} more")
    return html.Div(
        [
            html.Strong("Collecting now"),
            " — " + "; ".join(parts) + ". Pages fill as numbers are computed; open them again to see more.",
        ],
        className="banner note",
        role="status",
    )


def problems(sentences: Sequence[str]) -> Content:
    """What was wrong in the address, one sentence each."""
    return html.Div(
        [html.Strong("This address asks for something that is not there. "), *map(html.Div, sentences)],
        className="banner bad",
        role="alert",
        id="problems",
    )
