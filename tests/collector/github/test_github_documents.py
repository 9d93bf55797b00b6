"""The GraphQL documents are valid by GitHub's public schema, and by the simulator's part of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from collector.github.documents import document, names

SIMULATED = Path(__file__).parents[3] / "collector" / "simulator" / "graph" / "schema.graphql"


def test_there_are_documents() -> None:
    assert {"issues", "pull_requests", "repository", "history_counts", "use_cases"} <= set(names())


@pytest.fixture(scope="module")
def public_schema() -> GraphQLSchema:
    path = os.environ.get("FLOWMETER_GITHUB_SCHEMA")
    if not path or not Path(path).is_file():
        pytest.skip(
            "SKIPPED LOUDLY: FLOWMETER_GITHUB_SCHEMA names no file: "
            "npm install @octokit/graphql-schema, and name its schema.graphql"
        )
    return build_schema(Path(path).read_text(encoding="utf-8"), assume_valid=True)


@pytest.mark.parametrize("name", names())
def test_a_document_is_valid_by_githubs_public_schema(name: str, public_schema: GraphQLSchema) -> None:
    assert validate(public_schema, parse(document(name))) == []


@pytest.mark.parametrize("name", names())
def test_a_document_is_valid_by_the_simulators_schema(name: str) -> None:
    schema = build_schema(SIMULATED.read_text(encoding="utf-8"), assume_valid=True)
    assert validate(schema, parse(document(name))) == []
