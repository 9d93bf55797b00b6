"""The way to search in every header, and the words that `assets/search.js` makes its dialog from."""

from __future__ import annotations

from dashboard.components.markup import html
from dashboard.language import _, current
from dashboard.search.words import SHORTEST
from dashboard.view import Content


def search_button() -> Content:
    """Opens the dialog, as Ctrl-K does."""
    return html.Button(
        [html.Span(_("Search")), html.Kbd("Ctrl K", **{"aria-hidden": "true"})],
        type="button",
        className="search-open",
        **{"aria-haspopup": "dialog", "aria-keyshortcuts": "Control+K Meta+K", "data-search": "open"},
    )


def search_words() -> Content:
    """What the dialog says in the reader's language, for the script."""
    words = {
        "title": _("Search"),
        "label": _("Search for repositories, people, organisations, metrics and pages"),
        "short": _("Write {count} letters or more.").format(count=SHORTEST),
        "none": _("Nothing is called so."),
        "one": _("1 found"),
        "many": _("{count} found"),
        "failed": _("The search does not answer. Try again in a minute."),
        "close": _("Close"),
        "keys": _("↑ ↓ to choose, Enter to go there, Esc to close"),
        "lang": current(),
        "shortest": str(SHORTEST),
    }
    return html.Div(id="search-words", hidden=True, **{f"data-{name}": text for name, text in words.items()})
