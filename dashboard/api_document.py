"""The API described in OpenAPI 3.1: what the page at /api shows, and what the routes are held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard import sql_document
from dashboard.badge import LONGEST
from dashboard.export import FORMS, MEDIA_TYPES, Column, Kind, schema_of
from dashboard.filters import DEFAULT_GRAIN, DEFAULT_SCOPE, EARLIEST, GRAINS, LATEST
from dashboard.language import ENGLISH, LANGUAGES
from dashboard.lists.known import LISTS
from dashboard.pages.performance import CARDS
from dashboard.pages.performance.choices import BUDGET, DIVISIONS, HARDWARE, RUNS, SHORTEST
from dashboard.pages.performance.choices import LONGEST as LONGEST_BUDGET
from dashboard.search import found, words
from db.listing import Kind as RowKind
from db.metrics.kinds_of_rows import KINDS
from db.schema.answers import GRAINS as ALL_GRAINS

VALUES = (
    Column("metric", "text", "The metric's name."),
    Column("scope", "text", "What the numbers are about."),
    Column("grain", "text", "How long a period is."),
    Column("period", "day", "First day of the period."),
    Column("segment", "text", "The part; `all` of a metric that is not told apart."),
    Column("value", "number", "The value, in the metric's unit; a share lies between 0 and 1."),
    Column("unit", "text", "What the value counts."),
    Column("sample_size", "whole", "How many facts stand behind it; of a ratio, its denominator."),
    Column("complete", "truth", "False while the period is not over or its facts are not all collected."),
)
CATALOGUE = (
    Column("metric", "text", "The name, by which it is asked for."),
    Column("goal", "text", "The goal that it belongs to."),
    Column("title", "text", "Its title, as a question or statement."),
    Column("meaning", "text", "What it says, in one sentence."),
    Column("unit", "text", "What a value counts."),
    Column("direction", "text", "Which way is better: up, down or neutral."),
    Column("segments", "text", "What it is told apart by; empty when it is not."),
    Column("headline", "text", "The segment that speaks for it."),
    Column("figure", "text", "How it is drawn."),
    Column("source", "text", "Where its definition comes from."),
    Column("leaves_out", "text", "What it does not count."),
    Column("coverage", "text", "The metric that tells which share of its facts is known; may be empty."),
    Column("sql", "text", "The SELECT that computes it."),
    Column("rows", "text", "The kind of the rows behind a value; empty when there are none to show."),
    Column("facts_until", "day", "The last day among its facts.", lacking=True),
    Column("refreshed_at", "instant", "When it was last computed (UTC).", lacking=True),
    Column("values", "text", "Where its values are."),
)
_KINDS: dict[str, Kind] = {"text": "text", "whole": "whole", "day": "day"}


def columns_of(kind: RowKind) -> tuple[Column, ...]:
    """The columns of a kind of rows, as they are exported."""
    return tuple(Column(field.name, _KINDS[field.kind], field.about, lacking=True) for field in kind.fields)


#: Kind of rows → their columns.
ROWS = {name: columns_of(kind) for name, kind in KINDS.items()}
#: What of the catalogue is no text of the metric's own file.
COMPUTED = ("facts_until", "refreshed_at", "values")
SCOPES = (
    Column("scope", "text", "The name, by which it is asked for."),
    Column("title", "text", "What people call it."),
    Column("kind", "text", "project, role or repository."),
)
#: Cards of the Performance page come in these forms.
BENCHMARK_FORMS = ("csv", "json")
_WORDS = {"type": "string", "maxLength": 200}


def _query(name: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": about, "schema": schema}


def _path(name: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": about, "schema": schema}


METRIC = _path(
    "metric", "A metric's name, as /api/metrics lists it.", {**_WORDS, "pattern": "^[a-z][a-z0-9_]*$"}
)
SCOPE = _query(
    "scope", "What the numbers are about, as /api/scopes lists it.", {**_WORDS, "default": DEFAULT_SCOPE}
)
_DAYS = f"YYYY-MM-DD or YYYY-MM, {EARLIEST.year} to {LATEST.year}"
_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$"}
FROM = _query("from", f"Periods that begin on this day or later ({_DAYS}).", _DAY)
TO = _query("to", f"Periods that begin on this day or earlier ({_DAYS}).", _DAY)
SEGMENT = _query(
    "segment",
    "Only these segments; may stand there several times. Without it a metric that is told apart gives its "
    "parts, and `all` is its total.",
    {"type": "array", "items": _WORDS},
) | {"style": "form", "explode": True}


PERIOD = _query(
    "period",
    "A day (YYYY-MM-DD): the rows of the period that it lies in; without it the last that is over.",
    {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
)
SORT = _query(
    "sort",
    "The column to sort by, a minus sign before it for backwards; authors and the like cannot be sorted by.",
    _WORDS,
)
LIST = _path("list", "A list’s name.", {"type": "string", "enum": list(LISTS)})
CARD = _path("card", "The card’s name.", {"type": "string", "enum": list(CARDS)})
SUITE = _query("suite", "Only results of this suite of benchmarks.", _WORDS)
MODEL = _query("model", "Only results of this model.", _WORDS)
HARDWARE_KIND = _query(
    "hardware", "Only results on this kind of hardware.", {"type": "string", "enum": list(HARDWARE)}
)
DIVISION = _query(
    "division",
    "The division of MLPerf.",
    {"type": "string", "enum": list(DIVISIONS), "default": DIVISIONS[0]},
)
BUDGET_LINE = _query(
    "budget",
    "The latency within which an answer has to come, in milliseconds.",
    {"type": "number", "minimum": SHORTEST, "maximum": LONGEST_BUDGET, "default": BUDGET},
)
RUNS_COMPARED = tuple(
    _query(name, f"The {place} of two runs: a revision, a round such as v2.0, or a source.", _WORDS)
    for name, place in zip(RUNS, ("first", "second"), strict=True)
)
_ANY_ROWS = {"type": "array", "items": {"type": "object"}}
#: How rows are chosen by their columns, whichever those are.
_CHOSEN = (
    "by columns: COLUMN.has (letters that a text contains), COLUMN.is (one of its values; may stand there "
    "several times), COLUMN.min and COLUMN.max (of numbers and days, both included). 100,000 rows at most."
)
_NAMES = {"csv": "CSV", "json": "JSON", "parquet": "Parquet"}


def grain(allowed: Sequence[str]) -> dict[str, Any]:
    """The parameter that says how long a period is."""
    schema = {"type": "string", "enum": list(allowed), "default": DEFAULT_GRAIN}
    return _query("grain", "How long a period is.", schema)


def document(project: str) -> dict[str, Any]:
    """The whole document; `project` is what the numbers are about."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Flowmeter: {project}",
            "version": "1",
            "description": "The numbers of the dashboard for programs. Nothing can be changed through it. "
            "Every answer but ad hoc SQL has an ETag, which changes when the numbers are computed anew: send "
            "it back as If-None-Match and get 304 while nothing has changed. Wrong values are refused with "
            "400 and a sentence each.",
        },
        "paths": {
            "/api/metrics": _route(
                "metrics",
                "The catalogue: every metric with its meaning, formula and source.",
                [],
                _json("The metrics, by goal and name.", _rows("Metric")),
                asks=False,
            ),
            "/api/scopes": _route(
                "scopes",
                "What numbers can be asked about: the project, roles and repositories.",
                [],
                _json("The scopes, in the order of lists.", _rows("Scope")),
                asks=False,
            ),
            **{
                f"/api/metrics/{{metric}}.{form}": _route(
                    f"values_{form}",
                    f"A metric’s values as {_NAMES[form]}.",
                    [METRIC, SCOPE, grain(ALL_GRAINS), FROM, TO, SEGMENT],
                    _in_form(form, "Value"),
                )
                for form in FORMS
            },
            **{
                f"/api/metrics/{{metric}}/rows.{form}": _route(
                    f"rows_{form}",
                    f"The rows behind a metric’s number as {_NAMES[form]}; they are also chosen {_CHOSEN}",
                    [METRIC, SCOPE, grain(ALL_GRAINS), PERIOD, SEGMENT, SORT],
                    _in_form(form, *(_schema_name(kind) for kind in ROWS)),
                )
                for form in FORMS
            },
            **{
                f"/api/lists/{{list}}.{form}": _route(
                    f"list_{form}",
                    f"A whole list as {_NAMES[form]}; its rows are also chosen {_CHOSEN}",
                    [LIST, SCOPE, SORT],
                    _in_form(form, *map(_list_name, LISTS)),
                )
                for form in FORMS
            },
            **{
                f"/api/performance/{{card}}.{form}": _route(
                    f"performance_{form}",
                    f"The rows of a card of the Performance page as {_NAMES[form]}.",
                    [CARD, SUITE, MODEL, HARDWARE_KIND, DIVISION, BUDGET_LINE, *RUNS_COMPARED],
                    _json("A list of objects, whose columns each card has of its own.", _ANY_ROWS)
                    if form == "json"
                    else _other(MEDIA_TYPES[form], "The columns of the JSON form, with a header line."),
                )
                for form in BENCHMARK_FORMS
            },
            **sql_document.paths(),
            "/api/search": _route(
                "search",
                "What is called so: pages, metrics, repositories, people, organisations and use cases.",
                [
                    _query(
                        "q",
                        f"The words, all of which are found; of {words.SHORTEST} letters or more.",
                        {"type": "string", "maxLength": words.LONGEST},
                    )
                    | {"required": True},
                    _query(
                        "kind",
                        "Only findings of these kinds; may stand there several times.",
                        {"type": "array", "items": {"type": "string", "enum": list(found.KINDS)}},
                    )
                    | {"style": "form", "explode": True},
                    _query(
                        "limit",
                        "Findings of each kind at most.",
                        {"type": "integer", "minimum": 1, "maximum": found.MOST, "default": found.USUAL},
                    ),
                    _query(
                        "lang",
                        "The language of titles.",
                        {"type": "string", "enum": list(LANGUAGES), "default": ENGLISH},
                    ),
                ],
                _json("Findings, by kind and the best first.", _rows("Found")),
                named=False,
            ),
            "/api/openapi.json": _route(
                "openapi", "This document.", [], _json("OpenAPI 3.1.", {"type": "object"}), asks=False
            ),
            "/badge/{metric}.svg": _route(
                "badge",
                "The last complete value as a small picture, for a README.",
                [
                    METRIC,
                    SCOPE,
                    grain(GRAINS),
                    SEGMENT,
                    _query(
                        "label",
                        "Text at the left, in place of the metric's name.",
                        {**_WORDS, "maxLength": LONGEST},
                    ),
                ],
                _other("image/svg+xml", "The picture."),
            ),
            "/embed/metrics/{metric}": _route(
                "embed",
                "The metric as a small page to show in a frame of another site, without scripts.",
                [
                    METRIC,
                    SCOPE,
                    grain(GRAINS),
                    FROM,
                    TO,
                    SEGMENT,
                    _query(
                        "theme",
                        "The colours; auto follows the reader's system.",
                        {"type": "string", "enum": ["auto", "light", "dark"], "default": "auto"},
                    ),
                ],
                _other("text/html", "The page."),
            ),
        },
        "components": {
            "schemas": {
                "Metric": schema_of(CATALOGUE),
                "Scope": schema_of(SCOPES),
                "Value": schema_of(VALUES),
                "Found": schema_of(found.COLUMNS),
                **{_schema_name(kind): schema_of(columns) for kind, columns in ROWS.items()},
                **{_list_name(name): schema_of(columns_of(held.kind)) for name, held in LISTS.items()},
                **sql_document.SCHEMAS,
                "Errors": {
                    "type": "object",
                    "properties": {"errors": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
                    "required": ["errors"],
                    "additionalProperties": False,
                },
            }
        },
    }


def _route(
    name: str,
    about: str,
    parameters: list[dict[str, Any]],
    done: dict[str, Any],
    *,
    asks: bool = True,
    named: bool = True,
) -> dict[str, Any]:
    """A route; `asks` says that what is asked for may be wrong, `named` that the path may name nothing."""
    told = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}}}
    failures = {
        "503": {"description": "The database does not answer.", **told},
    }
    if asks:
        failures = {
            "400": {"description": "A value that cannot be, one sentence each.", **told},
            **({"404": {"description": "There is no such metric or form.", **told}} if named else {}),
            **failures,
        }
    return {
        "get": {
            "operationId": name,
            "summary": about,
            "parameters": parameters,
            "responses": {
                "200": {**done, "headers": {"ETag": {"schema": {"type": "string"}}}},
                "304": {"description": "Nothing has changed since the ETag that was sent."},
                **failures,
            },
        }
    }


def _rows(*names: str) -> dict[str, Any]:
    kinds = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    return {"type": "array", "items": kinds[0] if len(kinds) == 1 else {"anyOf": kinds}}


def _schema_name(kind: str) -> str:
    """What the schema of a row of the kind is called: `RowOfPullRequests`."""
    return "RowOf" + "".join(word.capitalize() for word in kind.split("_"))


def _list_name(name: str) -> str:
    """What the schema of a row of the list is called: `InRepositories`."""
    return "In" + "".join(word.capitalize() for word in name.split("_"))


def _json(about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _in_form(form: str, *names: str) -> dict[str, Any]:
    if form == "json":
        return _json("A list of objects.", _rows(*names))
    words = (
        "The columns of the JSON form, with a header line."
        if form == "csv"
        else "The columns of the JSON form."
    )
    return _other(MEDIA_TYPES[form], words)


def _other(media_type: str, about: str) -> dict[str, Any]:
    return {"description": about, "content": {media_type: {"schema": {}}}}
