"""Asking GitHub: retries and refusals in one place, for every collector."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from threading import local
from typing import Any

from github import Auth

from collector.github import errors
from collector.github.access import PUBLIC_GITHUB, Access, in_words, utc_now
from collector.github.budget import Quota, stated
from collector.github.credentials import fingerprint, named
from collector.github.documents import document
from collector.github.errors import QuotaExhausted, Refused, TooSlow
from collector.github.limits import date_of, limit_in, resource_of, seconds_until
from collector.github.reading import part, parts, whole_number_or_none
from collector.github.transport import Answer, Broken, Connection

__all__ = ["PUBLIC_GITHUB", "Answer", "GitHub", "QuotaExhausted", "TooSlow"]

#: How often a request is made in all when GitHub is out of order, and the pauses in between (seconds).
ATTEMPTS = 4
FIRST_PAUSE = 1.0
SLOW_WORDS = (
    "something went wrong while executing",
    "timeout",
    "timed out",
    "respond to your request in time",
)
SLOW_KINDS = ("MAX_NODE_LIMIT_EXCEEDED", "RESOURCE_LIMITS_EXCEEDED", "TIMEOUT", "SERVICE_UNAVAILABLE")
NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')


class GitHub:
    """One thread's client of a GitHub; clients that share an `Access` share budget and circuit.

    Of several tokens the one with most quota left is used; `headroom` is the share of
    each that is left to its owner. A wait of up to `patience` seconds is waited; a
    longer one raises `QuotaExhausted`, so that the job yields its place.
    `spent_requests` counts this client's REST requests, `spent_points` its GraphQL points.
    """

    def __init__(
        self,
        url: str = PUBLIC_GITHUB,
        tokens: Sequence[str] = (),
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], object] = time.sleep,
        headroom: float = 0.0,
        patience: float = 20.0,
        access: Access | None = None,
    ) -> None:
        self.access = access or Access(url, named(tuple(tokens)), headroom=headroom, now=now, sleep=sleep)
        self.url = self.access.url
        self.spent_requests = 0
        self.spent_points = 0
        self._patience = patience
        self._mine = local()
        self._costs: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"GitHub({self.url!r}, {', '.join(each.name for each in self.access.credentials)})"

    @property
    def quota(self) -> dict[str, Quota]:
        """Quotas by resource over all tokens, as far as GitHub has told."""
        return self.access.quotas()

    @property
    def quota_left(self) -> str | None:
        """The quotas in a few words for people; None before the first answer."""
        return in_words(self.quota)

    def check_token(self) -> None:
        """Ask what is left, which costs nothing; raises `CollectorError` when no token is accepted."""
        for place in range(len(self.access.credentials)):
            try:
                self.look(place)
            except Refused as error:
                self.access.refuse(place, error)

    def look(self, place: int) -> dict[str, Quota]:
        """What one token has left, by its place; raises `CollectorError` when it is not accepted."""
        self.introduced(place)
        return self.access.quotas(place)

    def introduced(self, place: int) -> Answer:
        """The answer that tells of one token, by its place: what is left, its scopes, GitHub's own time.

        It costs nothing. Raises `CollectorError` when the token is not accepted.
        """
        answer = self._attempt("core", "GET", "/rate_limit", place=place)
        resources = answer.data.get("resources") if isinstance(answer.data, dict) else None
        for name, (limit, remaining, reset) in stated(resources or {}).items():
            seconds = seconds_until(reset, date_of(answer), self.access.now())
            self.access.budget.tell(place, name, limit, remaining, seconds)
        return answer

    def is_simulator(self) -> bool:
        """Whether the bundled simulator answers, which says so itself."""
        return "flowmeter-simulator" in self.get("/meta").headers.get("x-served-by", "")

    def get(
        self, path: str, parameters: Mapping[str, Any] | None = None, *, tag: str | None = None
    ) -> Answer:
        """The answer to a GET; the caller makes a state of 304, 403, 404, 409, 410, 422 and 451.

        With the `tag` of an earlier answer to the same request, 304 says for nothing that
        nothing changed. A tag is good for the token it came with; with others it is left out.
        Raises `CollectorError` for a bad token, a used-up quota, and a GitHub that is down or unreachable.
        """
        return self._attempt(resource_of(path), "GET", path, parameters, tag=tag)

    def pages(
        self, path: str, parameters: Mapping[str, Any] | None = None, *, tag: str | None = None
    ) -> Iterator[tuple[Answer, str | None]]:
        """Answers page by page, each with the address of the next one, following Link rel=next.

        Pages hold 100 items unless `parameters` say otherwise; an address from an
        earlier run goes on there. A first page that is refused is the only one; a later one
        raises `CollectorError`, since the list would break off there.
        """
        first = True
        step: str | None = path
        chosen: Mapping[str, Any] | None = {"per_page": 100, **(parameters or {})}
        if "?" in path:
            chosen = parameters
        while step:
            answer = self.get(step, chosen, tag=tag)
            following = NEXT.search(answer.headers.get("link", ""))
            if answer.status != 200 and not first:
                raise errors.refused(step, answer.status, answer.message)
            step, chosen, tag, first = (following[1] if following else None), None, None, False
            yield answer, step

    def graphql(self, name: str, variables: Mapping[str, Any], *, patient: bool = True) -> dict[str, Any]:
        """The data of a document's answer; a repository or node that is not there is None in it.

        Raises `TooSlow` when GitHub gave up on it: after some attempts, or at once
        when not `patient`, for callers that can ask for less.
        """
        if not self.access.identified:
            raise errors.token_needed()
        last: TooSlow | None = None
        for attempt in range(ATTEMPTS if patient else 1):
            if attempt:
                self.access.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
            try:
                return self._graphql(name, variables)
            except TooSlow as error:
                last = error
        raise last or TooSlow(name, "no attempt was made")

    def close(self) -> None:
        """Hang up this thread's connections."""
        for _, connection in self._connections().values():
            connection.close()
        self._connections().clear()

    def _graphql(self, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        body = {"query": document(name), "variables": dict(variables)}
        # What is asked for, without page sizes and places: half a page of a thing is no other request.
        about = [name, *(str(variables[key]) for key in ("owner", "name", "search") if key in variables)]
        answer = self._attempt("graphql", "POST", "", body=body, slow=name, called=" ".join(about))
        if not isinstance(answer.data, dict) or answer.status != 200:
            raise errors.refused(name, answer.status, answer.message)
        data = dict(part(answer.data, "data"))
        faults = parts(answer.data, "errors")
        charged = whole_number_or_none(part(data, "rateLimit"), "cost")
        self._costs[name] = self._costs.get(name, 1) if charged is None else charged
        self.spent_points += self._costs[name]
        serious = [fault for fault in faults if not _is_absence(fault)]
        if serious:
            told = str(serious[0].get("message", ""))
            if any(value for key, value in data.items() if key != "rateLimit") or _is_slow(serious[0]):
                # Half an answer with errors loses what it lacks: ask for less until it is whole.
                raise TooSlow(name, told.partition(".")[0] or "errors in the answer", data or None)
            raise errors.refused(name, answer.status, told)
        return data

    def _attempt(
        self,
        resource: str,
        verb: str,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        tag: str | None = None,
        body: Mapping[str, Any] | None = None,
        place: int | None = None,
        slow: str | None = None,
        called: str | None = None,
    ) -> Answer:
        """One answer, through pauses and other tokens.

        `slow` names what can be asked for in parts, `called` tells the request from others;
        with a `place` that token alone is asked, for what costs nothing.
        """
        budget = self.access.budget
        patience, failures = self._patience, 0
        while True:
            chosen, waited = (place, 0.0) if place is not None else self.access.turn(resource, patience, tag)
            patience -= waited
            try:
                answer = self._ask(chosen, resource, verb, path, parameters, tag, body, called or path)
            except Refused as error:
                if place is not None:
                    raise
                self.access.refuse(chosen, error)
                continue
            except Broken as broken:
                failures += 1
                if slow:
                    self.spent_points += self._costs.get(slow, 1)  # GitHub charges for what it did not finish
                    if broken.slow:
                        raise TooSlow(slow, str(broken)) from None
                if failures >= ATTEMPTS:
                    raise errors.unreachable(self.url, str(broken)) from None
                self.access.sleep(FIRST_PAUSE * 2 ** (failures - 1))
                continue
            finally:
                if place is None:
                    budget.done(chosen, resource)
            if answer.status >= 500:
                failures += 1
                if slow:
                    self.spent_points += self._costs.get(slow, 1)
                    raise TooSlow(slow, f"status {answer.status}")
                if failures >= ATTEMPTS:
                    raise errors.down(self.url, answer.status)
                self.access.sleep(FIRST_PAUSE * 2 ** (failures - 1))
                continue
            if answer.status == 202:
                failures += 1
                if failures >= ATTEMPTS:
                    raise errors.computing(path)
                self.access.sleep(FIRST_PAUSE * 2 ** (failures - 1))
                continue
            limit = limit_in(answer, self.access.now())
            if limit is None:
                budget.accepted(chosen, resource)
                return answer
            wait = budget.refused(chosen, resource, limit)
            if place is not None:
                raise QuotaExhausted(resource, wait.until, secondary=wait.secondary)

    def _ask(
        self,
        place: int,
        resource: str,
        verb: str,
        path: str,
        parameters: Mapping[str, Any] | None,
        tag: str | None,
        body: Mapping[str, Any] | None,
        called: str,
    ) -> Answer:
        """One answer to one request; raises `Broken` when there was none, `Refused` for its token."""
        credential, circuit = self.access.credentials[place], self.access.circuit
        self.access.insist_on_circuit(circuit.enter())
        try:
            with self.access.budget.at_once[place]:
                token = credential.token()
                connection = self._connection(place, token)
                owner = fingerprint(token)
                theirs, _, etag = (tag or "").partition(" ")
                headers = {"If-None-Match": etag} if theirs == owner else {}
                if resource != "graphql":
                    self.spent_requests += 1
                answer = connection.send(
                    verb, path or connection.graphql_url, parameters, headers=headers, body=body
                )
        except Broken:
            circuit.failed(called)
            raise
        except BaseException:
            circuit.left()
            raise
        if answer.status >= 500:
            circuit.failed(called)
            return answer
        circuit.answered()
        if answer.status == 401:
            if not self.access.identified:
                raise errors.token_needed()
            if credential.renew(token):
                return self._ask(place, resource, verb, path, parameters, tag, body, called)
            raise errors.bad_token(credential.name)
        self.access.budget.read(place, resource, answer)
        told = answer.headers.get("etag")
        return replace(answer, tag=f"{owner} {told}") if told else answer

    def _connections(self) -> dict[int, tuple[str | None, Connection]]:
        if not hasattr(self._mine, "connections"):
            self._mine.connections = {}
        held: dict[int, tuple[str | None, Connection]] = self._mine.connections
        return held

    def _connection(self, place: int, token: str | None) -> Connection:
        """This thread's connection under a token; another one once the token was renewed."""
        held = self._connections()
        if place not in held or held[place][0] != token:
            if place in held:
                held[place][1].close()
            held[place] = (token, Connection(self.url, Auth.Token(token) if token else None))
        return held[place][1]


def _is_absence(fault: Mapping[str, Any]) -> bool:
    """Whether something is not there, or is a repository that GitHub has blocked: null stands for it."""
    blocked = fault.get("type") == "FORBIDDEN" and "blocked" in str(fault.get("message", "")).lower()
    return fault.get("type") == "NOT_FOUND" or blocked


def _is_slow(fault: Mapping[str, Any]) -> bool:
    words = str(fault.get("message", "")).lower()
    return fault.get("type") in SLOW_KINDS or any(each in words for each in SLOW_WORDS)
