"""One token's connection to GitHub, through PyGithub: a request out, status, headers and body back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from github import Auth, Github
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    RequestsResponse,
)
from requests.exceptions import ReadTimeout, RequestException

#: GitHub ends a request after 10 s (REST) or 60 s (GraphQL) by itself.
TIMEOUT_SECONDS = 70
#: What was renamed or transferred is found under its new address.
MOVED = (301, 302, 307, 308)
REDIRECTS = 5


@dataclass(frozen=True)
class Answer:
    """What came back: the status, headers by lower-case name, and the decoded body (None when empty)."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    tag: str | None = None
    """What the same request may be made with again, to be told for nothing that nothing changed (304)."""

    @property
    def message(self) -> str:
        """GitHub's own words about a refusal."""
        return str(self.data.get("message") or "") if isinstance(self.data, dict) else ""

    @property
    def documentation(self) -> str:
        """The page that a refusal points to."""
        return str(self.data.get("documentation_url") or "") if isinstance(self.data, dict) else ""


class Broken(Exception):
    """The connection could not be made or broke; `slow` when no answer came in time."""

    def __init__(self, why: str, *, slow: bool = False) -> None:
        super().__init__(why)
        self.slow = slow


#: Headers that count, and what a count looks like; GitHub has been seen to write fractions.
COUNTS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]*)?")


def _as_it_came(response: RequestsResponse) -> RequestsResponse:
    """An answer that PyGithub passes on: it would ask again after 202, and follow 301 without the query.

    It would also stumble over counts in headers that are no numbers: those tell nothing, and go.
    """
    for name in COUNTS:
        if name in response.headers and not NUMBER.fullmatch(response.headers[name].strip()):
            del response.headers[name]
    if response.status in (202, *MOVED):
        response.status = -response.status
    return response


class _Http(HTTPRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _as_it_came(super().getresponse())


class _Https(HTTPSRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _as_it_came(super().getresponse())


class Connection:
    """Requests under one authentication (None: anonymous). Not thread-safe, as PyGithub's is not.

    PyGithub would wait inside its transport, for minutes or until a quota's
    reset, or while GitHub computes. Waiting is decided in one place instead
    (`client.py`), so its own retries and its pauses between requests are off.
    """

    def __init__(self, url: str, authentication: Auth.Auth | None) -> None:
        self._url = url
        parts = urlsplit(url)
        kind = _Https if parts.scheme == "https" else _Http
        self._connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
        self._requester = Github(
            base_url=url,
            auth=authentication,
            per_page=100,
            timeout=TIMEOUT_SECONDS,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            user_agent="flowmeter",
        ).requester

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is asked: for GitHub Enterprise /api/graphql beside /api/v3."""
        return self._requester.graphql_url

    def send(
        self,
        verb: str,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The answer, at its new address when GitHub names one; raises `Broken` when no whole answer came."""
        address, chosen = path, dict(parameters or {})
        for _ in range(REDIRECTS + 1):
            status, received, text = self._raw(verb, address, chosen, headers, body)
            if verb != "GET" or status not in MOVED or not received.get("location"):
                break
            target = self._here(received["location"])
            if urlsplit(target).query:
                chosen = {}
            elif query := urlsplit(address).query:
                target = f"{target}?{query}"
            address = target
        else:
            raise Broken("it redirects in circles")
        if status == 200 and not text:
            raise Broken("the answer is empty")
        try:
            data = json.loads(text) if text else None
        except ValueError:
            if status < 300:
                raise Broken("the answer is not JSON") from None
            data = None
        return Answer(status, data, received)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
        self._requester.close()

    def _raw(
        self,
        verb: str,
        address: str,
        parameters: dict[str, Any],
        headers: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> tuple[int, dict[str, Any], str]:
        try:
            status, received, text = self._requester.requestJson(
                verb, address, parameters, dict(headers or {}), body, self._connection
            )
        except ReadTimeout:
            raise Broken(f"no answer within {TIMEOUT_SECONDS} s", slow=True) from None
        except RequestException as error:
            raise Broken(_reason(error)) from None
        return abs(status), received, text

    def _here(self, location: str) -> str:
        """A redirect's target; another host is none of ours, and gets no token."""
        target = urljoin(self._url, location)
        ours, theirs = urlsplit(self._url), urlsplit(target)
        if (ours.scheme, ours.hostname, ours.port) != (theirs.scheme, theirs.hostname, theirs.port):
            raise Broken(f"it redirects elsewhere: to {theirs.scheme}://{theirs.netloc.rpartition('@')[2]}")
        return target


def _reason(error: BaseException) -> str:
    """The last cause in plain words: what requests says has addresses and object names in it."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    words = getattr(error, "strerror", None) or str(error).partition("(")[0].strip()
    return str(words or type(error).__name__)
