"""The dashboard as one WSGI application: pages, two callbacks, the API and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any

import dash
import dash_mantine_components
from dash import Dash
from flask import Flask
from flask_compress import Compress
from sqlalchemy import Engine

from dashboard import (
    addresses,
    api,
    benchmark_api,
    callbacks,
    embedded,
    first_document,
    language,
    list_api,
    observed,
    readers_first,
    report_routes,
    security,
    sql_api,
    sql_files,
)
from dashboard.components.grid import load_with_the_grid_only
from dashboard.components.markup import dcc, html
from dashboard.components.search_field import search_words
from dashboard.keeping import PLOTLY_ADDRESS, keep_and_tell
from dashboard.language import _
from dashboard.language.of_request import speak
from dashboard.pages import (
    contributors,
    data,
    goals,
    issues,
    metric,
    missing,
    organizations,
    overview,
    performance,
    person,
    reports,
    repositories,
    rows,
    sql,
    use_case,
    use_cases,
)
from dashboard.pages.layout import Page, layout_of
from dashboard.reports.settings import ReportSettings
from dashboard.search import route as search_route
from dashboard.signing_in import guard as sign_in_guard
from dashboard.signing_in.settings import SignIn
from dashboard.site import KEY, LIVE_HINT, Site, utc_now

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    *goals.PAGES,
    use_cases.PAGE,
    use_cases.EXPLORER_PAGE,
    use_case.PAGE,
    issues.PAGE,
    *issues.QUEUE_PAGES,
    performance.PAGE,
    performance.CARD_PAGE,
    reports.PAGE,
    sql.PAGE,
    data.PAGE,
    metric.PAGE,
    rows.PAGE,
    contributors.PAGE,
    person.PAGE,
    repositories.PAGE,
    organizations.LIST,
    organizations.PAGE,
    missing.PAGE,
)

#: The document; its language is the request's, and its page stands until Dash has made it too.
INDEX = """<!DOCTYPE html>
<html lang="{lang}">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
{%css%}
<link rel="preload" as="script" href="{plotly}" data-plotly>
<link rel="preload" as="script" href="/_dash-component-suites/dash/dcc/async-graph.js">
<link rel="stylesheet" href="/theme.css">
</head>
<body>
{page}
{%app_entry%}
<noscript>{noscript} <a href="/api">/api</a></noscript>
<footer>{answers}{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""

#: Mantine's part of the look: system fonts, our accent.
MANTINE = {
    "fontFamily": 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
    "primaryColor": "orange",
    "defaultRadius": "sm",
}


class _Dashboard(Dash):
    """Dash, with its document in the language of each request, and the page in it."""

    def interpolate_index(self, *given: Any, **parts: Any) -> Any:
        """The document, filled."""
        words = _("Flowmeter draws with JavaScript; its numbers are also at")
        dash_fills: Any = super().interpolate_index
        title, page, answer = first_document.page_of(self.server)
        document: str = dash_fills(*given, **{**parts, "title": escape(title) or parts["title"]})
        document = (
            document.replace("{lang}", language.current())
            .replace("{plotly}", PLOTLY_ADDRESS)
            .replace("{noscript}", words)
        )
        answers = "".join(
            (
                first_document.held(first_document.LAYOUT, self._told(self.serve_layout)),
                first_document.held(first_document.DEPENDENCIES, self._told(self.dependencies)),
                answer,
            )
        )
        # What people wrote comes last: nothing in it is filled.
        before, _mark, rest = document.partition("{page}")
        middle, _mark, after = rest.partition("{answers}")
        return before + (f'<div id="first">{page}</div>' if page else "") + middle + answers + after

    @staticmethod
    def _told(answer: Callable[[], Any]) -> str:
        told: str = answer().get_data(as_text=True)
        return told


#: Bytes that anybody may send at once.
LONGEST_BODY = 4_000_000


def create_app(
    engine: Engine,
    *,
    title: str = "TensorFlow",
    steward: str = "Google",
    baseline_date: date = date(2017, 2, 13),
    targets: Mapping[str, float] | None = None,
    milestones: Iterable[tuple[date, str]] = (),
    live_hint: str = LIVE_HINT,
    now: Callable[[], datetime] = utc_now,
    sign_in: SignIn | None = None,
    address: str = "",
    reports: Sequence[ReportSettings] = (),
) -> Dash:
    """The application over a database; its WSGI callable is `.server`.

    `title` is the project's name, `targets` go by metric, `milestones` are (day,
    title), `live_hint` says how simulated data gives way to real data, `sign_in`
    what only people who signed in may see: nothing without it. Nothing
    is read before the first request, so a database that is away stops no start.
    """
    server: Any = Flask("dashboard")
    server.config[KEY] = Site(
        engine=engine,
        title=title,
        steward=steward,
        baseline=baseline_date,
        targets=dict(targets or {}),
        milestones=tuple(sorted(milestones)),
        live_hint=live_hint,
        now=now,
        address=address,
        reports=tuple(reports),
    )
    # What a page sends back is a few kilobytes; what comes without a length is cut off there too.
    server.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    observed.observe(server)
    readers_first.watch(server)
    sign_in_guard.guard(server, sign_in)
    load_with_the_grid_only()
    server.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    server.config["COMPRESS_BR_LEVEL"] = 5
    server.register_blueprint(api.blueprint)
    server.register_blueprint(embedded.blueprint)
    server.register_blueprint(list_api.blueprint)
    server.register_blueprint(benchmark_api.blueprint)
    server.register_blueprint(sql_api.blueprint)
    server.register_blueprint(search_route.blueprint)
    server.register_blueprint(sql_files.blueprint)
    server.register_blueprint(report_routes.blueprint)
    app = _Dashboard(
        "dashboard",
        server=server,
        use_pages=True,
        pages_folder="",
        title="Flowmeter",
        update_title="",
        suppress_callback_exceptions=True,
        index_string=INDEX,
        include_pages_meta=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        health_endpoint="healthz",
        enable_mcp=False,
    )
    for page in PAGES:
        _register(page, title)
    app.layout = _layout
    callbacks.register(app)
    keep_and_tell(server)
    Compress(server)
    security.harden(server)
    speak(server)
    addresses.guard(server, {page.path: page.holds for page in PAGES if page is not missing.PAGE})
    return app


def _register(page: Page, project: str) -> None:
    where = {"path_template": page.path} if "<" in page.path else {"path": page.path}
    register: Any = dash.register_page
    register(
        page.name,
        **where,
        layout=layout_of(page),
        title=lambda **_variables: f"{_(page.window_title)} · {project} · Flowmeter",
        name=page.name,
    )


def _layout() -> Any:
    # Dash looks at the outermost component as one of its own.
    provider: Any = dash_mantine_components.MantineProvider
    return provider(
        [
            dcc.Location(id=callbacks.GO, refresh="callback-nav"),
            dash.page_container,
            html.Div(id="skeleton"),
            search_words(),
        ],
        defaultColorScheme="auto",
        theme=MANTINE,
    )
