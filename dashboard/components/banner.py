"""What stands above a page's content: simulated data, what is missing or being collected, wrong filters."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import periods, wording
from dashboard.components.markup import html
from dashboard.gaps import Gap
from dashboard.language import _
from dashboard.operations import Progress
from dashboard.view import Content

#: How many running jobs are named before the rest is only counted.
NAMED = 4


def simulated(hint: str, *, published: bool = False) -> Content:
    """Says which numbers are made up, and how to go live.

    `published` is for a page whose own numbers are benchmark results: published
    facts, whatever the community beside them is.
    """
    words = (
        _(
            " — not on this page: benchmark results are published facts or what you ingested. The "
            "community’s numbers on the other pages come from the bundled simulator. "
        )
        if published
        else _(
            " — people, commits, issues and everything else of the community here come from the bundled "
            "simulator; only benchmark results are published facts. "
        )
    )
    return html.Div(
        [html.Strong(_("Simulated data")), words, hint],
        className="banner note" if published else "banner warn",
        role="note",
        id="simulated",
    )


def missing(gap: Gap) -> Content:
    """Says that a large part of the scope is not held to the end."""
    month = periods.named(gap.until, "month")
    return html.Div(
        [
            html.Strong(_("Not whole after {month}").format(month=month)),
            _(
                " — commits of {repository}, {share:.0%} of what was written here, are held no further. "
                "Later numbers lack them: they are drawn as not complete, and no summary counts them. "
                "Collect the repository again, or choose another scope."
            ).format(repository=gap.repository, share=gap.share),
        ],
        className="banner warn",
        role="note",
        id="gap",
    )


def collecting(progress: Progress) -> Content:
    """What is collected at this moment, and how far it has come."""
    parts = []
    for job in progress.running[:NAMED]:
        told = (
            _("{job} of {target}: {rows} of {expected} rows")
            if job.expected_rows and job.expected_rows >= job.rows
            else _("{job} of {target}: {rows} rows")
        )
        parts.append(
            told.format(
                job=job.job.replace("_", " "),
                target=job.target,
                rows=wording.whole(job.rows),
                expected=wording.whole(job.expected_rows or 0),
            )
        )
    rest = len(progress.running) - NAMED
    if rest > 0:
        parts.append(_("{count} more").format(count=rest))
    return html.Div(
        [
            html.Strong(_("Collecting now")),
            f" — {'; '.join(parts)}. ",
            _("Pages fill as numbers are computed; open them again to see more."),
        ],
        className="banner note",
        role="status",
    )


def problems(sentences: Sequence[str]) -> Content:
    """What was wrong in the address, one sentence each."""
    return html.Div(
        [html.Strong(_("This address asks for something that is not there. ")), *map(html.Div, sentences)],
        className="banner bad",
        role="alert",
        id="problems",
    )
