"""What every screen stands in: navigation, header, banners, filters, one h1, the content."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import periods, wording
from dashboard.components import banner
from dashboard.components.filter_bar import filter_bar
from dashboard.components.markup import dmc, html
from dashboard.components.navigation import navigation
from dashboard.components.search_field import search_button
from dashboard.language import LANGUAGES, _, current
from dashboard.language.of_request import address_in
from dashboard.live import stale_words
from dashboard.view import Content, View


def frame(
    view: View,
    title: Content,
    content: Content,
    *,
    filters: bool,
    lead: str = "",
    published: bool = False,
    segments: Sequence[str] = (),
) -> Content:
    """A page around its content; `title` becomes the only h1, `lead` a sentence below it.

    `segments` are those that its metrics are told apart by. `published`
    says that its numbers are published facts, even where the community is simulated.
    """
    notices = []
    if view.known.simulated:
        notices.append(banner.simulated(view.site.live_hint, published=published))
    if filters and view.gap is not None:
        notices.append(banner.missing(view.gap))
    old = stale_words(view.known.as_of.refreshed_at, view.now)
    if filters and old:
        notices.append(banner.stale(old))
    if view.progress.running:
        notices.append(banner.collecting(view.progress))
    if filters and view.problems:
        notices.append(banner.problems(view.problems))
    return screen(
        view.path,
        view.filters.query(),
        [
            # By its version an open page knows that there are newer numbers: see live.js.
            html.Div(notices, className="notices", **{"data-version": view.version}),
            html.Header(
                [
                    filter_bar(view, segments) if filters else html.Div(className="filters"),
                    _as_of(view, published),
                ],
                className="top",
            ),
            html.H1(title),
            *([html.P(lead, className="lead")] if lead else []),
            html.Div(content, className="content"),
        ],
    )


def screen(path: str, query: str, main: Content) -> Content:
    """Navigation at the left, the main part at the right."""
    return html.Div(
        [
            html.A(_("Skip to the content"), href="#main", className="skip"),
            navigation(path, query),
            html.Main(main, id="main", tabIndex=-1),
        ],
        className="screen",
    )


def _as_of(view: View, published: bool) -> Content:
    as_of = view.known.as_of
    words, more = _("Nothing computed yet"), ""
    if published:
        words = ""
    elif as_of.facts_until is not None:
        words = _("As of {day}").format(day=periods.day_named(view.whole_until or as_of.facts_until))
    if as_of.refreshed_at is not None:
        more = _("Computed {age}").format(age=wording.age(as_of.refreshed_at, view.now))
    toggle = dmc.ColorSchemeToggle(
        lightIcon="☀", darkIcon="☾", variant="subtle", color="gray", **{"aria-label": _("Light or dark")}
    )
    said = html.Span(words, className="as-of", title=more)
    return html.Div([said, search_button(), _languages(view), toggle], className="status")


def _languages(view: View) -> Content:
    """The other languages, each by its own name, leading to the same view: a document of its own."""
    return html.Div(
        [
            html.A(title, href=address_in(code, view.path, view.asked), lang=code, hrefLang=code)
            for code, title in LANGUAGES.items()
            if code != current()
        ],
        className="languages",
    )
