"""The left navigation: every page that exists, keeping the view's filters on the way."""

from __future__ import annotations

from dashboard.components.markup import dmc, html
from dashboard.view import Content

#: Groups of (path, title, whether the filters go along).
API = "/api"
GROUPS = (
    (
        ("/", "Overview", True),
        ("/innovation", "Innovation", True),
        ("/talent", "Talent", True),
        ("/research", "Research", True),
        ("/cloud", "Cloud", True),
        ("/ambition", "Ambition", True),
    ),
    (("/performance", "Performance", False),),
    (("/reports", "Reports", False), ("/data", "Data", False), (API, "API", False)),
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
        ],
        className="navigation",
        **{"aria-label": "Pages"},
    )


def _link(entry: tuple[str, str, bool], path: str, query: str) -> Content:
    target, title, keeps_filters = entry
    here = {"aria-current": "page"} if target == path else {}
    return dmc.Anchor(
        title,
        href=target + (query if keeps_filters else ""),
        className="nav-link here" if here else "nav-link",
        underline="never",
        # A document of its own, which no script of the pages knows.
        refresh=target == API,
        **here,
    )
