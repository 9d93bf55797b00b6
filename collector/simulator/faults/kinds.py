"""The kinds of fault: what each answers in GitHub's place, or does to its answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from collector.simulator.community import Community
from collector.simulator.faults import altering
from collector.simulator.http import ApiError, Handler, Request, Response, encode, moved
from collector.simulator.interventions import Interventions
from collector.simulator.limits import SECONDARY, Budgets, resource_of
from collector.simulator.repository import Repository
from collector.simulator.wording import mix

if TYPE_CHECKING:
    from collector.simulator.faults.rules import Rule

PRIMARY = (
    "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please include \
the request ID."
)
WENT_WRONG = (
    "Something went wrong while executing your query. This may be the result of a timeout, or it could \
be a GitHub bug."
)
SECONDARY_PAGE = (
    "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
)
HTML = "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"


@dataclass(frozen=True)
class Setting:
    """What a fault may use of the server it happens in."""

    community: Community
    budgets: Budgets
    interventions: Interventions
    ended: Event
    """Set when the server closes, so that nothing waits on."""

    def pause(self, seconds: float) -> None:
        """Waits so many seconds, or until the server closes."""
        self.ended.wait(seconds)


Strike = Callable[["Rule", Request, Handler, Setting, int], Response]


@dataclass(frozen=True)
class Kind:
    """One way in which a request goes wrong."""

    summary: str
    strike: Strike
    ends: bool
    """Whether it answers by itself, so that nothing else can be wrong with the answer."""
    graphql: bool = False
    """Whether it is GraphQL's alone."""
    rest: bool = False
    """Whether it is REST's alone."""
    seconds: float | None = None
    """The seconds it takes when a rule does not say."""

    def applies(self, request: Request) -> bool:
        """Whether it can happen to a request."""
        is_graphql = request.path == "/graphql"
        return not ((self.graphql and not is_graphql) or (self.rest and is_graphql))


KINDS: dict[str, Kind] = {}


def _kind(
    name: str,
    summary: str,
    *,
    ends: bool = True,
    graphql: bool = False,
    rest: bool = False,
    seconds: float | None = None,
) -> Callable[[Strike], Strike]:
    def register(strike: Strike) -> Strike:
        KINDS[name] = Kind(summary, strike, ends, graphql, rest, seconds)
        return strike

    return register


def _seconds(rule: "Rule") -> float:
    chosen = rule.seconds if rule.seconds is not None else KINDS[rule.kind].seconds
    return chosen or 0.0


def _said(status: int, message: str, headers: dict[str, str] | None = None, **more: object) -> Response:
    return ApiError(status, message, headers, **more).response()


def _page(status: int, title: str) -> Response:
    return Response(status, HTML.format(title=title).encode(), {"Content-Type": "text/html; charset=utf-8"})


def _charge(request: Request, handler: Handler) -> None:
    """Lets GitHub do the work, which is charged though nobody sees what came of it."""
    lost = handler(request)
    if lost.file is not None:
        lost.file.close()


@_kind("bad-gateway", "502 with a page of HTML, after the work was done and charged")
def _bad_gateway(rule: "Rule", request: Request, handler: Handler, _setting: Setting, _draw: int) -> Response:
    _charge(request, handler)
    return _page(rule.status or 502, "502 Bad Gateway")


@_kind("unavailable", "503 with a page of HTML; nothing is charged")
def _unavailable(rule: "Rule", _request: Request, _handler: Handler, _s: Setting, _draw: int) -> Response:
    return _page(rule.status or 503, "No server is currently available to service your request.")


@_kind("gateway-timeout", "504 after `seconds`; charged", seconds=0.0)
def _gateway_timeout(rule: "Rule", request: Request, handler: Handler, s: Setting, _draw: int) -> Response:
    _charge(request, handler)
    s.pause(_seconds(rule))
    words = "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your \
request and contact us if the problem persists."
    return _said(rule.status or 504, rule.message or words)


@_kind("hang", "no answer for `seconds`, then the connection is closed; charged", seconds=60.0)
def _hang(rule: "Rule", request: Request, handler: Handler, setting: Setting, _draw: int) -> Response:
    _charge(request, handler)
    setting.pause(_seconds(rule))
    response = Response(200)
    response.delivery.silent = True
    return response


@_kind("reset", "the connection is reset, after `share` of the body when that is above 0; charged")
def _reset(rule: "Rule", request: Request, handler: Handler, _setting: Setting, _draw: int) -> Response:
    response = handler(request)
    response.delivery.reset = True
    response.delivery.keep = min(rule.share or 0.0, 0.999)
    response.delivery.silent = not rule.share
    return response


@_kind("truncated", "a body that ends after `share` of it, by default half, though its length is stated")
def _truncated(rule: "Rule", request: Request, handler: Handler, _setting: Setting, _draw: int) -> Response:
    response = handler(request)
    response.delivery.keep = min(0.5 if rule.share is None else rule.share, 0.999)
    return response


@_kind("trickle", "a body that takes `seconds` to arrive", ends=False, seconds=5.0)
def _trickle(rule: "Rule", request: Request, handler: Handler, _setting: Setting, _draw: int) -> Response:
    response = handler(request)
    response.delivery.trickle = _seconds(rule)
    return response


@_kind("delay", "an answer that comes after `seconds`", ends=False, seconds=2.0)
def _delay(rule: "Rule", request: Request, handler: Handler, setting: Setting, _draw: int) -> Response:
    setting.pause(_seconds(rule))
    return handler(request)


@_kind("html", "200 with a page of HTML in place of JSON")
def _html(_rule: "Rule", _request: Request, _handler: Handler, _s: Setting, _draw: int) -> Response:
    return _page(200, "GitHub is temporarily unavailable")


@_kind("empty", "200 without a body")
def _empty(_rule: "Rule", _request: Request, _handler: Handler, _s: Setting, _draw: int) -> Response:
    return Response(200)


@_kind(
    "primary-limit", "403 (or `status` 429): no requests left until `seconds` from now", rest=True, seconds=60
)
def _primary(rule: "Rule", request: Request, _handler: Handler, setting: Setting, _draw: int) -> Response:
    response = _said(rule.status or 403, rule.message or PRIMARY, _retry(rule))
    response.headers.update(_used_up(rule, request, setting))
    return response


@_kind(
    "secondary-limit", "403 (or `status` 429) for asking too fast, with Retry-After when `retry_after` is set"
)
def _secondary(rule: "Rule", request: Request, _handler: Handler, setting: Setting, _draw: int) -> Response:
    response = _said(
        rule.status or 403, rule.message or SECONDARY, _retry(rule), documentation_url=SECONDARY_PAGE
    )
    response.headers.update(setting.budgets.headers(request.token, resource_of(request)))
    return response


@_kind("rate-limited", "GraphQL's RATE_LIMITED in 200, until `seconds` from now", graphql=True, seconds=60)
def _rate_limited(rule: "Rule", request: Request, _handler: Handler, s: Setting, _draw: int) -> Response:
    words = rule.message or "API rate limit already exceeded for user ID 1."
    error = {"type": "RATE_LIMITED", "code": "graphql_rate_limit", "message": words}
    return Response(200, encode({"errors": [error]}), {**_retry(rule), **_used_up(rule, request, s)})


def _retry(rule: "Rule") -> dict[str, str]:
    return {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}


def _used_up(rule: "Rule", request: Request, setting: Setting) -> dict[str, str]:
    headers = setting.budgets.headers(request.token, resource_of(request))
    reset = int(setting.budgets.now() + _seconds(rule))
    used = {"X-RateLimit-Remaining": "0", "X-RateLimit-Used": headers["X-RateLimit-Limit"]}
    return {**headers, **used, "X-RateLimit-Reset": str(reset)}


@_kind(
    "query-timeout",
    "GraphQL gives up: 502 (or `status` 200) with errors and without data; charged",
    graphql=True,
)
def _query_timeout(rule: "Rule", request: Request, handler: Handler, _s: Setting, draw: int) -> Response:
    done = handler(request)
    words = rule.message or f"{WENT_WRONG} Please include `{draw & 0xFFFFFF:06X}` when reporting this issue."
    return Response(rule.status or 502, encode({"data": None, "errors": [{"message": words}]}), done.headers)


@_kind("partial", "GraphQL data in which `share` of the things in lists (or one) are null, with errors",
       ends=False, graphql=True)  # fmt: skip
def _partial(rule: "Rule", request: Request, handler: Handler, _s: Setting, draw: int) -> Response:
    return altering.partial(handler(request), draw, rule.share, rule.message or WENT_WRONG)


@_kind("null-users", "users are null in `share` of the places where an answer names one, by default in all",
       ends=False)  # fmt: skip
def _null_users(rule: "Rule", request: Request, handler: Handler, _s: Setting, draw: int) -> Response:
    return altering.without_users(handler(request), draw, 1.0 if rule.share is None else rule.share)


@_kind("incomplete", "a search says that its results are incomplete, and gives `share` of them", ends=False,
       rest=True)  # fmt: skip
def _incomplete(rule: "Rule", request: Request, handler: Handler, _s: Setting, _draw: int) -> Response:
    return altering.incomplete(handler(request), 0.5 if rule.share is None else rule.share)


@_kind("clock-skew", "Date and the limits' resets are `seconds` ahead of the true time, or behind it",
       ends=False, seconds=3_600)  # fmt: skip
def _skew(rule: "Rule", request: Request, handler: Handler, _s: Setting, _draw: int) -> Response:
    return altering.skewed(handler(request), _seconds(rule))


@_kind("accepted", "202 while GitHub computes, with an empty object", rest=True)
def _accepted(_rule: "Rule", request: Request, _handler: Handler, setting: Setting, _draw: int) -> Response:
    return Response(202, b"{}", setting.budgets.headers(request.token, resource_of(request)))


@_kind("touched", "before GitHub answers, `items` of the repository's issues and pull requests are updated",
       ends=False)  # fmt: skip
def _touched(rule: "Rule", request: Request, handler: Handler, setting: Setting, draw: int) -> Response:
    asked = asked_for(request, setting.community)
    if asked is not None:
        snapshot = setting.community.snapshot(asked)
        places = snapshot.select()
        chosen = {
            int(places[mix(draw, turn) % places.size]) for turn in range(rule.items if places.size else 0)
        }
        for place in chosen:
            setting.interventions.touch(asked.full_name, int(asked.items.number[place]))
    return handler(request)


def asked_for(request: Request, community: Community) -> Repository | None:
    """The repository a request is about: by its path, or by GraphQL's variables owner and name."""
    parts = request.path.split("/")
    if parts[1] == "repos" and len(parts) > 3:
        return community.repository(f"{parts[2]}/{parts[3]}")
    if parts[1] == "repositories" and len(parts) > 2 and parts[2].isdigit():
        return community.repository_by_identity(int(parts[2]))
    try:
        variables = json.loads(request.body)["variables"]
        return community.repository(f"{variables['owner']}/{variables['name']}")
    except (ValueError, KeyError, TypeError):
        return None


_PLAIN: dict[str, tuple[int, str, str]] = {
    "unauthorized": (401, "Bad credentials", "401: the token is not accepted"),
    "forbidden": (403, "Resource not accessible by personal access token", "403 that is about no limit"),
    "not-found": (404, "Not Found", "404"),
    "gone": (410, "This issue was deleted", "410: the issue was deleted"),
    "unprocessable": (422, "Validation Failed", "422"),
    "server-error": (500, "Server Error", "500 with JSON"),
}


def _plainly(name: str) -> Strike:
    def strike(rule: "Rule", request: Request, _handler: Handler, setting: Setting, _draw: int) -> Response:
        status, words, _ = _PLAIN[name]
        response = _said(rule.status or status, rule.message or words)
        response.headers.update(setting.budgets.headers(request.token, resource_of(request)))
        return response

    return strike


for _name, (_status, _words, _summary) in _PLAIN.items():
    KINDS[_name] = Kind(_summary, _plainly(_name), ends=True)


@_kind("blocked", "451: taken down for legal reasons", rest=True)
def _blocked(rule: "Rule", request: Request, _handler: Handler, s: Setting, _draw: int) -> Response:
    block = {
        "reason": "dmca",
        "created_at": "2026-01-01T00:00:00Z",
        "html_url": "https://github.com/github/dmca",
    }
    response = _said(rule.status or 451, rule.message or "Repository access blocked", block=block)
    response.headers.update(s.budgets.headers(request.token, resource_of(request)))
    return response


@_kind("moved", "301 to `location`, by default the same path by the repository's number", rest=True)
def _moved(rule: "Rule", request: Request, handler: Handler, setting: Setting, _draw: int) -> Response:
    target = rule.location
    if not target:
        found = asked_for(request, setting.community)
        if found is None or not request.path.startswith("/repos/"):
            return handler(request)  # there is nothing by number that this could lead to
        rest = request.path.split("/")[4:]
        return moved(request, "/".join(["", "repositories", str(found.identity), *rest])).response()
    return _said(rule.status or 301, "Moved Permanently", {"Location": target}, url=target)


TRANSIENT = (
    "bad-gateway",
    "unavailable",
    "gateway-timeout",
    "reset",
    "truncated",
    "trickle",
    "delay",
    "html",
    "empty",
    "primary-limit",
    "secondary-limit",
    "rate-limited",
    "query-timeout",
    "partial",
    "server-error",
)
"""Faults after which the same request, made again, gets its whole answer."""
