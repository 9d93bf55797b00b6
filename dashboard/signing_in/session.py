"""Who asks the request at hand, for the guard and for the page that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, g, session

from dashboard.signing_in.people import Person
from dashboard.signing_in.settings import Proxy, SignIn
from dashboard.site import current_site

#: Key of a Flask application's configuration under which its settings of signing in stand.
KEY = "FLOWMETER_SIGN_IN"
SIGN_IN, RETURN, SIGN_OUT, SIGNED_OUT = "/sign-in", "/sign-in/return", "/sign-out", "/signed-out"
PATHS = (SIGN_IN, SIGN_OUT, SIGNED_OUT)
_PERSON = "person"


def current_settings() -> SignIn | None:
    """How people sign in here; None where nobody has to."""
    found = current_app.config.get(KEY)
    return found if isinstance(found, SignIn) else None


def current_person() -> Person | None:
    """Who asks, admitted or not; None where nobody signed in or signing in is not set up."""
    sign_in = current_settings()
    if sign_in is None:
        return None
    if isinstance(sign_in.way, Proxy):
        found: Person | None = g.get("flowmeter_person")
        return found
    held = session.get(_PERSON)
    if not isinstance(held, Mapping) or str(held["until"]) <= current_site().now().isoformat():
        return None
    return Person(str(held["name"]), str(held["email"]), frozenset(held["groups"]))


def begin_session(person: Person, sign_in: SignIn, until: str) -> None:
    """Remember the person in this browser until then, and nothing of before."""
    session.clear()
    session.permanent = True
    held: dict[str, Any] = {
        "name": person.name,
        "email": person.email,
        # The others decide nothing, and a cookie is small.
        "groups": sorted(person.groups & sign_in.groups),
        "until": until,
    }
    session[_PERSON] = held
