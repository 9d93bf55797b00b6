"""Answers GraphQL requests: checks, prices and executes a query as GitHub does."""

import json
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    build_schema,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from collector.simulator.community import Community
from collector.simulator.graph import commits, happenings, items, remarks, repositories, root
from collector.simulator.graph.connections import Connection
from collector.simulator.graph.cost import QueryRefused, count_cost
from collector.simulator.graph.fields import RESOLVERS, Committed, Context, Fork, Item, Remark, Review
from collector.simulator.http import ApiError, Json, Request, Response, encode
from collector.simulator.limits import Budgets
from collector.simulator.people import Person
from collector.simulator.snapshot import Snapshot

RESOLVING = (root, repositories, items, remarks, happenings, commits)
"""The modules whose resolvers are used."""

_CONNECTION_FIELDS = {"nodes": "nodes", "edges": "edges", "pageInfo": "page_info", "totalCount": "total"}


def _connection_field(source: Any, info: Any) -> Any:
    if isinstance(source, Connection):
        return getattr(source, _CONNECTION_FIELDS[info.field_name])
    return source[info.field_name]


def _plain_field(source: Any, info: Any, **_: Any) -> Any:
    return source.get(info.field_name) if isinstance(source, dict) else None


def _kind(value: Any, *_: Any) -> str:
    """The GraphQL type of a thing we resolve to."""
    if isinstance(value, Person):
        return value.account
    if isinstance(value, Item):
        return "PullRequest" if items.is_pull(value) else "Issue"
    if isinstance(value, remarks.CodeRemark):
        return "PullRequestReviewComment"
    if isinstance(value, tuple):
        return "".join(part.capitalize() for part in value[1].kind.split("_")) + "Event"
    if isinstance(value, dict):
        return str(value["__typename"])
    for kind, name in (
        (Remark, "IssueComment"),
        (Review, "PullRequestReview"),
        (Committed, "Commit"),
        (Snapshot, "Repository"),
        (Fork, "Repository"),
    ):
        if isinstance(value, kind):
            return name
    raise TypeError(f"No GraphQL type for {value!r}.")


@cache
def schema() -> GraphQLSchema:
    """GitHub's schema, as much of it as is served, with its resolvers."""
    built = build_schema(Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"))
    for kind in built.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _kind
        elif isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, definition in kind.fields.items():
                resolver = RESOLVERS.get((kind.name, name))
                if resolver is None:
                    resolver = _connection_field if kind.name.endswith("Connection") else _plain_field
                definition.resolve = resolver
    return built


@lru_cache(maxsize=256)
def _checked(text: str) -> tuple[DocumentNode, tuple[GraphQLError, ...]]:
    document = parse(text)
    return document, tuple(validate(schema(), document))


def _payload(request: Request) -> tuple[str, dict[str, Any], str | None]:
    try:
        payload = json.loads(request.body)
        text, variables = payload["query"], payload.get("variables") or {}
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ApiError(400, "Problems parsing JSON") from problem
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise ApiError(400, "A query attribute must be specified and must be a string.")
    return text, variables, payload.get("operationName")


def _name(operation: OperationDefinitionNode) -> str:
    return operation.name.value if operation.name else ""


def _refusal(kind: str | None, message: str, **more: Any) -> Json:
    error: Json = {"message": message, **more}
    return {"errors": [{"type": kind, **error} if kind else error]}


def _written(problem: GraphQLError) -> Json:
    """An error as GitHub writes it: its type first, not under extensions."""
    written: Json = dict(problem.formatted)
    extensions = written.pop("extensions", {})
    return {**({"type": extensions["type"]} if "type" in extensions else {}), **written}


class GraphQL:
    """The GraphQL endpoint of one community."""

    def __init__(self, community: Community, budgets: Budgets) -> None:
        self._community = community
        self._budgets = budgets

    def respond(self, request: Request) -> Response:
        """The answer to one query; what is wrong with it comes as `errors` in an answer of 200."""
        payload = self._answer(request)
        return Response(200, encode(payload), self._budgets.headers(request.token, "graphql"))

    def _answer(self, request: Request) -> Json:
        text, variables, name = _payload(request)
        try:
            document, problems = _checked(text)
        except GraphQLError as problem:
            return {"errors": [_written(problem)]}
        if problems:
            return {"errors": [_written(problem) for problem in problems]}
        operation = get_operation_ast(document, name)
        if operation is None:
            return _refusal(
                None, "An operation name is required" if name is None else f"No operation named {name}"
            )
        try:
            cost = count_cost(schema(), document, operation, variables)
        except QueryRefused as refused:
            return _refusal(refused.kind, str(refused))
        self._budgets.check_secondary(request.token, "graphql")
        if not self._budgets.spend(request.token, "graphql", cost.points):
            return _refusal(
                "RATE_LIMITED", "API rate limit already exceeded for user ID 1.", code="graphql_rate_limit"
            )
        self._budgets.usage.operated(name or _name(operation), cost.points, cost.nodes)
        left = self._budgets.describe(request.token, "graphql")
        context = Context(
            self._community,
            request.root,
            {
                "cost": cost.points,
                "nodeCount": cost.nodes,
                "limit": left["limit"],
                "remaining": left["remaining"],
                "used": left["used"],
                "resetAt": datetime.fromtimestamp(left["reset"], UTC).isoformat()[:19] + "Z",
            },
        )
        result = execute(
            schema(), document, context_value=context, variable_values=variables, operation_name=name
        )
        if not isinstance(result, ExecutionResult):
            raise TypeError("A resolver answered with a promise.")
        answer: Json = {"data": result.data}
        if result.errors:
            unexpected = [each for each in result.errors if each.original_error is not None]
            if unexpected and not isinstance(unexpected[0].original_error, GraphQLError | ApiError):
                raise unexpected[0].original_error or unexpected[0]
            answer["errors"] = [_written(problem) for problem in result.errors]
        return answer
