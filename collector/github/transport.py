"""One token's connection to GitHub, through PyGithub: a request out, status, headers and body back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from github import Auth, Github
from requests.exceptions import ReadTimeout, RequestException

#: GitHub ends a request after 10 s (REST) or 60 s (GraphQL) by itself.
TIMEOUT_SECONDS = 70


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


class Connection:
    """Requests under one authentication (None: anonymous). Not thread-safe, as PyGithub's is not.

    PyGithub would wait inside its transport, for minutes or until a quota's
    reset. Waiting is decided in one place instead (`client.py`), so its own
    retries and its pauses between requests are off.
    """

    def __init__(self, url: str, authentication: Auth.Auth | None) -> None:
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
        """Raises `Broken` when no whole answer came."""
        try:
            status, received, text = self._requester.requestJson(
                verb, path, dict(parameters or {}), dict(headers or {}), body
            )
            # PyGithub follows a 301 to the same host; another host is none of ours.
        except ReadTimeout:
            raise Broken(f"no answer within {TIMEOUT_SECONDS} s", slow=True) from None
        except RequestException as error:
            raise Broken(_reason(error)) from None
        except RuntimeError as error:
            raise Broken(f"it redirects elsewhere: {error}") from None
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
        self._requester.close()


def _reason(error: BaseException) -> str:
    """The last cause in plain words: what requests says has addresses and object names in it."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    words = getattr(error, "strerror", None) or str(error).partition("(")[0].strip()
    return str(words or type(error).__name__)
