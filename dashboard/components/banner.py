"""What stands above a page's content: simulated data, what is missing or being collected, wrong filters."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import periods
from dashboard.components.markup import html
from dashboard.gaps import Gap
from dashboard.language import _
from dashboard.live import collecting_words
from dashboard.operations import Progress
from dashboard.view import Content


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
        [html.Strong(_("Simulated data")), words, _(hint)],
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
    """What is collected at this moment, and how far it has come; `live.js` keeps it up to date."""
    return html.Div(
        [
            html.Strong(_("Collecting now")),
            " — ",
            html.Span("; ".join(collecting_words(progress)), **{"data-live": "collecting"}),
            ". ",
            _("Pages fill as numbers are computed, and say so."),
        ],
        className="banner note",
        role="status",
        id="collecting",
    )


def stale(words: str) -> Content:
    """Says that the numbers are old."""
    return html.Div(
        [html.Strong(words), " ", _("The Data page shows what ran last, and what failed.")],
        className="banner warn",
        role="note",
        id="stale",
    )


def problems(sentences: Sequence[str]) -> Content:
    """What was wrong in the address, one sentence each."""
    return html.Div(
        [html.Strong(_("This address asks for something that is not there. ")), *map(html.Div, sentences)],
        className="banner bad",
        role="alert",
        id="problems",
    )
