"""Which language a request is answered in: its address says so, or an earlier choice, or the browser."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Flask, Request, Response, request

ENGLISH = "en"
#: Code of each language, as addresses and browsers write it, and what it calls itself.
LANGUAGES = {ENGLISH: "English", "ko": "한국어"}
#: The parameter of an address, and the cookie that keeps the choice.
PARAMETER = "lang"
COOKIE = "lang"
YEAR = 365 * 24 * 3600
#: What programs read and other sites show, kept by caches that know nothing but the address.
BY_ADDRESS_ALONE = ("/api", "/badge/", "/embed/")


def language_of(asked: Request) -> str:
    """One of `LANGUAGES`: `?lang=`, else the cookie, else Accept-Language, else English.

    Of `BY_ADDRESS_ALONE` only the address counts.
    """
    named = asked.args.get(PARAMETER)
    if named in LANGUAGES:
        return str(named)
    if asked.path.startswith(BY_ADDRESS_ALONE):
        return ENGLISH
    kept = asked.cookies.get(COOKIE)
    if kept in LANGUAGES:
        return str(kept)
    return str(asked.accept_languages.best_match(list(LANGUAGES), default=ENGLISH))


def speak(server: Flask) -> None:
    """Keep a choice made by the address in a cookie, and tell caches what an answer's language hangs on."""

    @server.after_request
    def tell(answer: Response) -> Response:
        if answer.mimetype != "text/html" or request.path.startswith(BY_ADDRESS_ALONE):
            return answer
        answer.vary.update(("Accept-Language", "Cookie"))
        answer.headers["Content-Language"] = language_of(request)
        chosen = request.args.get(PARAMETER)
        if chosen in LANGUAGES and chosen != request.cookies.get(COOKIE):
            answer.set_cookie(
                COOKIE, str(chosen), max_age=YEAR, secure=request.is_secure, httponly=True, samesite="Lax"
            )
        return answer


def address_in(language: str, path: str, query: Mapping[str, object]) -> str:
    """The address of a view in another language; `query` holds a list where a name stands several times."""
    pairs = [
        (name, value)
        for name, given in query.items()
        if name != PARAMETER
        for value in (given if isinstance(given, list) else [given])
    ]
    return f"{path}?{urlencode([*pairs, (PARAMETER, language)], safe='/:', errors='replace')}"
