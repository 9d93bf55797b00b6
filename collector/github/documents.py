"""The GraphQL documents beside this module, each with the fragments that it names."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from graphql import FragmentDefinitionNode, FragmentSpreadNode, Node, Visitor, parse, print_ast, visit

FRAGMENTS = "fragments"


@cache
def document(name: str) -> str:
    """The text of `queries/NAME.graphql`, followed by the fragments that it needs and no others."""
    tree = parse(_text(name))
    known = _fragments()
    needed: dict[str, FragmentDefinitionNode] = {}
    waiting: list[Node] = [tree]
    while waiting:
        for spread in _spreads(waiting.pop()):
            if spread not in needed:
                needed[spread] = known[spread]
                waiting.append(known[spread])
    return "\n\n".join([print_ast(tree), *(print_ast(fragment) for fragment in needed.values())])


def names() -> list[str]:
    """Every document's name."""
    folder = files(__package__).joinpath("queries")
    found = (path.name.removesuffix(".graphql") for path in folder.iterdir())
    return sorted(name for name in found if name != FRAGMENTS)


def _text(name: str) -> str:
    return files(__package__).joinpath("queries", f"{name}.graphql").read_text(encoding="utf-8")


@cache
def _fragments() -> dict[str, FragmentDefinitionNode]:
    definitions = parse(_text(FRAGMENTS)).definitions
    return {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}


def _spreads(node: Node) -> list[str]:
    found: list[str] = []

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            found.append(spread.name.value)

    visit(node, Spreads())
    return found
