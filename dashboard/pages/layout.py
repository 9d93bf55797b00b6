"""From a page function to what Dash calls: opens the view, and answers in words when the database is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import g
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dashboard.addresses import AWAY
from dashboard.components.empty_state import empty_state
from dashboard.components.frame import frame, screen
from dashboard.components.markup import html
from dashboard.language import _, speaking
from dashboard.language.of_request import PARAMETER
from dashboard.site import current_site
from dashboard.view import Content, open_view
from db.errors import DatabaseError
from db.faults import log_fault

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shown:
    """What a page gives to the frame: its title (the h1), a sentence below it, and its content.

    `segments` are those of its metrics, for the filters to offer.
    """

    title: Content
    content: Content
    lead: str = ""
    segments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page of the dashboard: where it is, what its window is called, and what shows it.

    `path` may hold one `<variable>`, which `show` then takes after the view.
    `published` pages show published facts, whatever the community is. `holds` tells whether what a
    variable names is there: the document of what is not says so by its status.
    """

    name: str
    path: str
    window_title: str
    show: Callable[..., Shown]
    filters: bool = True
    published: bool = False
    holds: Callable[[Connection, str], bool] | None = None


def layout_of(page: Page) -> Callable[..., Content]:
    """The function that Dash calls with the query string's parameters."""
    variable = page.path[page.path.index("<") + 1 : -1] if "<" in page.path else ""

    def layout(**query: object) -> Content:
        site = current_site()
        inputs = [str(query.get(variable, ""))] if variable else []
        path = page.path.replace(f"<{variable}>", inputs[0]) if variable else page.path
        asked = {name: value for name, value in query.items() if name != variable}
        with speaking(asked.get(PARAMETER)):
            try:
                with site.engine.connect() as connection:
                    view = open_view(site, connection, path, asked)
                    shown = page.show(view, *inputs)
                    return frame(
                        view,
                        shown.title,
                        shown.content,
                        filters=page.filters,
                        lead=shown.lead,
                        published=page.published,
                        segments=shown.segments,
                    )
            except (SQLAlchemyError, DatabaseError) as error:
                # The reader gets what to do; whoever runs the server gets the reason.
                log_fault(log, f"page {page.path}", error)
                setattr(g, AWAY, True)
                return away(path)

    return layout


def away(path: str) -> Content:
    """The page that stands in for any other while the database does not answer."""
    return screen(
        path,
        "",
        [
            html.H1(_("The database does not answer")),
            html.Div(
                empty_state(
                    _("Flowmeter is running, but its database cannot be read, so there is nothing to show."),
                    _(
                        "Whoever runs it: “flowmeter doctor” says what is wrong; “flowmeter db upgrade” "
                        "makes missing tables. Then open this page again."
                    ),
                ),
                className="card",
                role="alert",
            ),
        ],
    )
