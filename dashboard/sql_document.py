"""Ad hoc SQL in the document of the API: its routes, parameters, headers and refusals."""

from __future__ import annotations

from typing import Any

from dashboard.export import FORMS, MEDIA_TYPES
from dashboard.sql_api import (
    COME_BACK,
    MOST_BYTES,
    MOST_ROWS,
    MOST_SECONDS,
    MOST_WAIT,
    SHAPES,
    TICKET,
    USUAL_ROWS,
)
from db.adhoc.parameters import KINDS

_TEXT = {"type": "string"}
_KINDS = ", ".join(KINDS)
_PARAMETERS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("q", "One SELECT over the public tables, or the name of a stored query.", _TEXT),
    (
        "_rows",
        "Most rows.",
        {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_ROWS},
    ),
    (
        "_seconds",
        "Most seconds.",
        {"type": "number", "minimum": 0.1, "maximum": MOST_SECONDS, "default": MOST_SECONDS},
    ),
)
_WAIT = (
    "_wait",
    "Most seconds to wait for a turn while others ask; few may wait so at once, and then 429 comes at once.",
    {"type": "number", "minimum": 0, "maximum": MOST_WAIT, "default": 0},
)
_SHAPE = ("_shape", "A list of objects, or columns and rows.", {"type": "string", "enum": list(SHAPES)})
_HEADERS = {
    "X-Flowmeter-Limits": "Most rows, seconds, bytes of answer and bytes of memory.",
    "X-Flowmeter-Rows": "How many rows; only of a small answer.",
    "X-Flowmeter-Cut-Short": "no, or which limit cut it short: rows or bytes; only of a small answer.",
    "X-Flowmeter-Seconds": "How long it took; only of a small answer.",
}
_ARRAYS = {
    "type": "object",
    "properties": {
        "columns": {"type": "array", "items": _TEXT},
        "rows": {"type": "array", "items": {"type": "array"}},
        "cut_short": {"type": ["string", "null"], "enum": ["rows", "bytes", None]},
    },
    "required": ["columns", "rows", "cut_short"],
}
_ROWS = {"anyOf": [{"type": "array", "items": {"type": "object"}}, _ARRAYS]}
_OBJECTS = {"type": "array", "items": {"type": "object"}}
SCHEMAS: dict[str, Any] = {
    "SqlErrors": {
        "type": "object",
        "properties": {
            "errors": {"type": "array", "items": _TEXT, "minItems": 1, "description": "A sentence each."},
            "position": {"type": "integer", "description": "Where in the query the fault lies, from 0."},
        },
        "required": ["errors"],
        "additionalProperties": False,
    },
    "StoredQuery": {
        "type": "object",
        "properties": {
            "name": {**_TEXT, "description": "By which it is asked for."},
            "goal": {**_TEXT, "description": "The goal that it belongs to."},
            "question": {**_TEXT, "description": "What it answers."},
            "parameters": {**_OBJECTS, "description": "Names with their kinds, defaults and meanings."},
            "columns": {**_OBJECTS, "description": "Names with what they hold."},
            "sql": {**_TEXT, "description": "The SELECT."},
        },
        "required": ["name", "goal", "question", "parameters", "columns", "sql"],
    },
}


def paths() -> dict[str, Any]:
    """The routes under /api/sql."""
    stored = {"type": "array", "items": {"$ref": "#/components/schemas/StoredQuery"}}
    listed = {
        "operationId": "stored_queries",
        "summary": "The stored queries, with their parameters, columns and SQL.",
        "responses": {
            "200": {
                "description": "By goal and name.",
                "content": {"application/json": {"schema": stored}},
            }
        },
    }
    return {
        **{f"/api/sql.{form}": {how: _route(form, how) for how in ("get", "post")} for form in FORMS},
        "/api/sql/stored.json": {"get": {**listed, "parameters": []}},
    }


def _route(form: str, how: str) -> dict[str, Any]:
    told = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/SqlErrors"}}}}
    schema = _ROWS if form == "json" else {}
    options = [*_PARAMETERS, _WAIT, *([_SHAPE] if form == "json" else [])]
    route: dict[str, Any] = {
        "operationId": f"sql_{form}_{how}",
        "summary": "Ad hoc SQL: the rows of one SELECT, read-only and bounded. Every other name is the value "
        f"of the :parameter that is called so; NAME:KIND says its kind ({_KINDS}). At most "
        f"{MOST_SECONDS:g} seconds and {MOST_BYTES // 1_000_000} MB.",
        "parameters": [],
        "responses": {
            "200": {
                "description": "The rows, streamed. An answer that breaks off was ended by a limit.",
                "content": {MEDIA_TYPES[form]: {"schema": schema}},
                "headers": {
                    name: {"description": about, "schema": _TEXT} for name, about in _HEADERS.items()
                },
            },
            "400": {"description": "What is not allowed, and how to ask instead.", **told},
            "404": {"description": "There is no such form.", **told},
            "429": {
                "description": "Others are asking; come back in a moment.",
                "headers": {
                    "Retry-After": {"schema": {"type": "integer", "examples": [COME_BACK]}},
                    TICKET: {"schema": {"type": "string"}},
                },
                **told,
            },
            "503": {"description": "The database does not answer.", **told},
        },
    }
    if how == "get":
        route["parameters"] = [
            {"name": name, "in": "query", "required": name == "q", "description": about, "schema": kind}
            for name, about, kind in options
        ]
    else:
        fields = {name: {**kind, "description": about} for name, about, kind in options}
        form_schema = {"type": "object", "properties": fields, "required": ["q"]}
        route["requestBody"] = {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": form_schema}},
        }
    return route
