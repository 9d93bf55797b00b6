"""The simulated API: who may ask, how often, and which endpoint answers."""

import hashlib
import itertools
from typing import Any

from collector.simulator.apps import Apps
from collector.simulator.clock import iso
from collector.simulator.community import ORGANIZATION_IDS, Community
from collector.simulator.graph.answer import GraphQL
from collector.simulator.http import (
    ApiError,
    Handler,
    Middleware,
    Request,
    Response,
    encode,
    moved,
    not_found,
)
from collector.simulator.limits import Budgets, resource_of
from collector.simulator.repository import Repository
from collector.simulator.rest import accounts, apps, issues, pulls, reactions, repositories, search
from collector.simulator.rest.call import ROUTES, Call, Route
from collector.simulator.wording import mix

ENDPOINTS = (accounts, apps, issues, pulls, reactions, repositories, search)
"""The modules whose endpoints are served."""

_LITERAL_FIRST = sorted(
    ROUTES, key=lambda route: "(?P<number>" in route.pattern.pattern.split("identity")[-1]
)


class Api:
    """Answers requests to one community."""

    def __init__(
        self,
        community: Community,
        budgets: Budgets,
        *,
        accepted_tokens: frozenset[str] | None = None,
        middleware: tuple[Middleware, ...] = (),
    ) -> None:
        self._community = community
        self._budgets = budgets
        self._accepted = accepted_tokens
        self._apps = Apps(tuple(ORGANIZATION_IDS), budgets)
        self._graphql = GraphQL(community, budgets)
        self._serial = itertools.count(1)
        self._handler: Handler = self._answer
        for layer in reversed(middleware):
            self._handler = _layered(layer, self._handler)

    def __call__(self, request: Request) -> Response:
        """The answer to a request, with the headers every answer has."""
        try:
            response = self._handler(request)
        except ApiError as problem:
            response = problem.response()
            response.headers.update(self._budgets.headers(request.token, resource_of(request)))
        return self.dressed(response)

    def dressed(self, response: Response) -> Response:
        """An answer with the headers that every answer has."""
        number = next(self._serial)
        response.headers["X-GitHub-Request-Id"] = (
            f"{mix(number) & 0xFFFF:04X}:{number:X}:{mix(number, 1):016X}"
        )
        response.headers.setdefault("Content-Type", "application/json; charset=utf-8")
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        return response

    def _authenticate(self, request: Request) -> None:
        token = request.token
        refused = token == "bad-token" or (self._accepted is not None and token not in self._accepted)  # noqa: S105
        if (
            request.path.startswith("/app/")
            or request.path == "/app"
            or request.path.endswith("/installation")
        ):
            return  # these take an app's JSON web token, and look at it themselves
        if self._apps.installation_of(token) is not None:
            return
        if token is not None and (refused or token.startswith("ghs_") or token.count(".") == 2):
            raise ApiError(401, "Bad credentials")

    def _answer(self, request: Request) -> Response:
        self._authenticate(request)
        resource = resource_of(request)
        if resource == "graphql":
            if request.token is None:
                raise ApiError(401, "This endpoint requires you to be authenticated.")
            return self._graphql.respond(request)
        free = request.path == "/rate_limit"
        if not free:
            self._budgets.check_secondary(request.token, resource)
            if not self._budgets.spend(request.token, resource):
                who = "user ID 1" if request.token else "127.0.0.1"
                raise ApiError(403, f"API rate limit exceeded for {who}.")
        route, arguments = _route(request)
        self._budgets.usage.routed(f"{route.method} {route.path}")
        headers: dict[str, str] = {}
        body = encode(self._endpoint(request, route, arguments, headers))
        status = route.status
        if status == 200:
            tag = 'W/"' + hashlib.sha256((request.token or "").encode() + b"\0" + body).hexdigest() + '"'
            headers.update({"ETag": tag, "Cache-Control": "private, max-age=60, s-maxage=60"})
            if tag in request.headers.get("if-none-match", ""):
                status, body = 304, b""
                if not free:
                    self._budgets.refund(request.token, resource)
        headers.update(self._budgets.headers(request.token, resource))
        return Response(status, body, headers)

    def _endpoint(
        self, request: Request, route: Route, arguments: dict[str, str], headers: dict[str, str]
    ) -> Any:
        call = Call(request, self._community, self._budgets, arguments, headers, self._apps)
        if arguments.get("name") is not None:
            call.found = self._named(request, f"{arguments['owner']}/{arguments['name']}")
            call.repository  # noqa: B018 - raises 404 when there is none
        elif arguments.get("identity") is not None:
            identity = int(arguments["identity"])
            _refuse(self._community.blocked(identity))
            call.found = self._community.repository_by_identity(identity)
            call.repository  # noqa: B018
        return route.endpoint(call)

    def _named(self, request: Request, full_name: str) -> Repository | None:
        """The repository of a name. Raises ApiError 451 or 403 for a blocked one, 301 for a former name."""
        _refuse(self._community.blocked(full_name))
        found = self._community.repository(full_name)
        if found is not None and found.full_name.lower() != full_name.lower():
            rest = "".join(f"/{part}" for part in request.path.split("/")[4:])
            raise moved(request, f"/repositories/{found.identity}{rest}")
        return found


def _refuse(repository: Repository | None) -> None:
    """Raises ApiError 451 or 403 for a blocked repository, nothing when there is none."""
    if repository is None:
        return
    reason = repository.altered.reason
    notice = "https://github.com/github/dmca" if reason == "dmca" else "https://github.com/tos"
    block = {"reason": reason, "created_at": iso(repository.altered.since), "html_url": notice}
    raise ApiError(451 if reason == "dmca" else 403, "Repository access blocked", block=block)


def _layered(layer: Middleware, handler: Handler) -> Handler:
    return lambda request: layer(request, handler)


def _route(request: Request) -> tuple[Route, dict[str, str]]:
    method = "GET" if request.method == "HEAD" else request.method
    for route in _LITERAL_FIRST:
        match = route.pattern.fullmatch(request.path) if route.method == method else None
        if match:
            return route, match.groupdict()
    raise not_found()
