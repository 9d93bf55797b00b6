"""What a GraphQL query costs: GitHub's documented count of the requests needed to fill every connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    get_named_type,
    value_from_ast_untyped,
)

MOST_NODES = 500_000
MOST_ITEMS = 100


class QueryRefused(Exception):
    """A query GitHub does not run; `kind` is the error's type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class Cost:
    """Requests needed, and nodes that may come back."""

    requests: int = 0
    nodes: int = 0

    @property
    def points(self) -> int:
        """Requests over a hundred, rounded, at least one."""
        return max(1, int(self.requests / 100 + 0.5))


_LISTS = frozenset({"nodes", "edges", "pageInfo"})


class _Counting:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.schema = schema
        self.variables = variables
        self.fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self.cost = Cost()

    def walk(self, selections: SelectionSetNode, parent: GraphQLNamedType, times: int) -> None:
        """Counts everything selected on `times` things of a type."""
        for selection in selections.selections:
            if isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self.schema.get_type(condition.name.value) if condition else parent
                if inner is not None:
                    self.walk(selection.selection_set, inner, times)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self.fragments[selection.name.value]
                inner = self.schema.get_type(fragment.type_condition.name.value)
                if inner is not None:
                    self.walk(fragment.selection_set, inner, times)
            elif isinstance(selection, FieldNode) and selection.selection_set is not None:
                self._field(selection, selection.selection_set, parent, times)

    def _field(
        self, node: FieldNode, selections: SelectionSetNode, parent: GraphQLNamedType, times: int
    ) -> None:
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None:
            return
        arguments = {
            each.name.value: value_from_ast_untyped(each.value, dict(self.variables))
            for each in node.arguments or ()
        }
        kind = get_named_type(definition.type)
        if kind.name.endswith("Connection"):
            size = self._size(node, arguments, selections)
            self.cost.requests += times
            self.cost.nodes += times * size
            if self.cost.nodes > MOST_NODES:
                raise QueryRefused(
                    "MAX_NODE_LIMIT_EXCEEDED",
                    f"By the time this query traverses to the {node.name.value} connection, it is "
                    f"requesting up to {self.cost.nodes:,} possible nodes which exceeds the maximum limit "
                    f"of {MOST_NODES:,}.",
                )
            self.walk(selections, kind, times * size)
        elif node.name.value == "nodes" and parent.name == "Query":
            ids = arguments.get("ids")
            self.walk(selections, kind, times * (len(ids) if isinstance(ids, list) else 1))
        else:
            self.walk(selections, kind, times)

    def _size(self, node: FieldNode, arguments: Mapping[str, Any], selections: SelectionSetNode) -> int:
        name = node.name.value
        for argument in ("first", "last"):
            size = arguments.get(argument)
            if size is None or size is Undefined:  # a variable left out
                continue
            if size > MOST_ITEMS or size < 0:
                raise QueryRefused(
                    "EXCESSIVE_PAGINATION",
                    f"Requesting {size} records on the `{name}` connection exceeds the `{argument}` limit of "
                    f"{MOST_ITEMS} records.",
                )
            return int(size)
        if any(isinstance(each, FieldNode) and each.name.value in _LISTS for each in selections.selections):
            raise QueryRefused(
                "MISSING_PAGINATION_BOUNDARIES",
                f"You must provide a `first` or `last` value to properly paginate the `{name}` connection.",
            )
        return 0


def count_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Cost:
    """The cost of an operation. Raises QueryRefused for more than GitHub runs."""
    counting = _Counting(schema, document, variables)
    root = schema.query_type
    if root is not None:
        counting.walk(operation.selection_set, root, 1)
    return counting.cost
