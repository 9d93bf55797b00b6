"""The left navigation: every page that exists, keeping the view's filters on the way."""

from __future__ import annotations

from dashboard.components.account import account
from dashboard.components.markup import dmc, html
from dashboard.language import _, mark
from dashboard.view import Content

#: Groups of (path, title, whether the filters go along).
API = "/api"
GROUPS = (
    (
        ("/", mark("Overview"), True),
        ("/innovation", mark("Innovation"), True),
        ("/talent", mark("Talent"), True),
        ("/research", mark("Research"), True),
        ("/cloud", mark("Cloud"), True),
        ("/ambition", mark("Ambition"), True),
    ),
    (
        ("/use-cases", mark("Use cases"), True),
        ("/contributors", mark("Contributors"), True),
        ("/organizations", mark("Organisations"), True),
        ("/issues", mark("Issues and pull requests"), True),
    ),
    (("/performance", mark("Performance"), False),),
    (
        ("/sql", mark("SQL"), False),
        ("/reports", mark("Reports"), False),
        ("/data", mark("Data"), False),
        (API, mark("API"), False),
    ),
)


def navigation(path: str, query: str) -> Content:
    """The navigation as it stands on a page; `query` is the query string of its filters."""
    groups = [
        html.Ul([html.Li(_link(entry, path, query)) for entry in group], className="nav-group")
        for group in GROUPS
    ]
    return html.Nav(
        [
            dmc.Anchor(["flow", html.Span("meter")], href=f"/{query}", className="brand", underline="never"),
            *groups,
            account(path),
        ],
        className="navigation",
        **{"aria-label": _("Pages")},
    )


def _link(entry: tuple[str, str, bool], path: str, query: str) -> Content:
    target, title, keeps_filters = entry
    here = {"aria-current": "page"} if target == path else {}
    return dmc.Anchor(
        _(title),
        href=target + (query if keeps_filters else ""),
        className="nav-link here" if here else "nav-link",
        underline="never",
        # A document of its own, which no script of the pages knows.
        refresh=target == API,
        **here,
    )
