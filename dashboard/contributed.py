"""What people contributed, in words: how many of each kind, and one thing with the way to it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from dashboard import wording
from dashboard.components.markup import html
from dashboard.components.paged_table import LONGEST
from dashboard.drill_down import GITHUB
from dashboard.language import _, _n, mark
from dashboard.view import Content, View
from db.people.works import Work
from db.schema.sums import COUNTS

#: Kind of contribution → what one of them is called; several are called as segments are.
ONE = {
    "commit": mark("Commit"),
    "coauthored_commit": mark("Co-authored commit"),
    "pull_request": mark("Change request"),
    "merged_pull_request": mark("Merged change request"),
    "review": mark("Review"),
    "issue": mark("Issue"),
    "comment": mark("Answer"),
}


def told(counts: Mapping[str, int]) -> str:
    """How many of each kind, by the names of `COUNTS`: `3 commits, 1 issue`."""
    words = {
        "commits": lambda n: _n("{count} commit", "{count} commits", n),
        "coauthored_commits": lambda n: _n("{count} co-authored commit", "{count} co-authored commits", n),
        "change_requests": lambda n: _n("{count} change request", "{count} change requests", n),
        "merged": lambda n: _n("{count} merged", "{count} merged", n),
        "reviews": lambda n: _n("{count} review", "{count} reviews", n),
        "issues": lambda n: _n("{count} issue", "{count} issues", n),
        "answers": lambda n: _n("{count} answer", "{count} answers", n),
    }
    parts = [
        words[name](counts[name]).format(count=wording.whole(counts[name]))
        for name in COUNTS
        if counts.get(name)
    ]
    return ", ".join(parts)


def work_link(view: View, work: Work) -> Content:
    """The thing by its title, leading to GitHub where it can be there."""
    title = work.title or _(ONE[work.kind])
    shown = title if len(title) <= LONGEST else title[: LONGEST - 1] + "…"
    text = html.Span(shown, className="work")
    if view.known.simulated:
        return text
    return html.A(
        text,
        href=f"{GITHUB}{quote(work.repository)}{work.address}",
        target="_blank",
        rel="noopener noreferrer",
    )
