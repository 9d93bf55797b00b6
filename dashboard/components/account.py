"""Who has signed in, with the way out; or the way in."""

from __future__ import annotations

from urllib.parse import quote

from dashboard.components.markup import html
from dashboard.language import _
from dashboard.signing_in.people import admitted
from dashboard.signing_in.session import SIGN_IN, SIGN_OUT, current_person, current_settings
from dashboard.signing_in.settings import Proxy
from dashboard.view import Content


def account(path: str) -> Content:
    """What stands below the navigation of a page; nothing where nobody can sign in."""
    sign_in = current_settings()
    if sign_in is None:
        return None
    person = current_person()
    by_proxy = isinstance(sign_in.way, Proxy)
    if person is None or not admitted(person, sign_in):
        return None if by_proxy else _line(html.A(_("Sign in"), href=f"{SIGN_IN}?next={quote(path)}"))
    name = html.Span(person.name, title=person.email or None)
    return _line(name) if by_proxy else _line(name, html.A(_("Sign out"), href=SIGN_OUT))


def _line(*parts: Content) -> Content:
    return html.P(list(parts), className="account")
