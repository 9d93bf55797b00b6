"""The languages that there are, the one that is spoken now, and texts in it.

English is what the code says; other languages are `LANGUAGE.po` beside this module, whose
template `messages.pot` lists every text. A text that a language lacks stays English.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import g, has_request_context, request

from dashboard.language.of_request import ENGLISH, LANGUAGES, language_of

FOLDER = Path(__file__).parent
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def _(text: str) -> str:
    """The text in the language of the request; in English outside of one.

    The argument is a literal, with named placeholders that are filled afterwards:
    `_("{count} people").format(count=…)`; or what `mark` has marked elsewhere.
    """
    return catalogue(current()).gettext(text) if text else ""


def _n(one: str, many: str, count: float) -> str:
    """The text for one or for many, as the language tells them apart by the count; to be filled like `_`."""
    return catalogue(current()).ngettext(one, many, 1 if count == 1 else 2)


def mark(text: str) -> str:
    """The text itself, marked as one to translate where no request is at hand; `_` is for showing it."""
    return text


def current() -> str:
    """The code of the language that is spoken now, one of `LANGUAGES`."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    if not has_request_context():
        return ENGLISH
    # A page has hundreds of texts: which language it is in is found once.
    found: str | None = g.get("flowmeter_language")
    if found is None:
        found = g.flowmeter_language = language_of(request)
    return found


def locale() -> Locale:
    """How the language that is spoken now writes dates and numbers."""
    return _locale(current())


@contextmanager
def speaking(language: object) -> Iterator[None]:
    """Speak a language for a while, whatever the request says; none of `LANGUAGES` changes nothing."""
    if not isinstance(language, str) or language not in LANGUAGES:
        yield
        return
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


@lru_cache(maxsize=16)
def catalogue(language: str) -> gettext.NullTranslations:
    """The texts of a language; English has none, it is what the code says."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    path = FOLDER / f"{language}.po"
    with path.open("rb") as file:
        texts = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    return Locale.parse(language)
