"""What a reader of the Performance page chose: parsed from the URL, checked, and written back the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection, func, select

from dashboard.filters import LEFT_OUT, REPLACED, quoted
from dashboard.language import _, mark
from db.benchmarks.comparing import run_named
from db.errors import DatabaseError
from db.schema import table

DIVISIONS: Final = ("closed", "open")
#: Kinds of hardware, and what they are called.
HARDWARE: Final = {
    "gpu": "GPU",
    "tpu": "TPU",
    "x86": "x86",
    "arm": "ARM",
    "power": "POWER",
    "dsp": "DSP",
    "vpu": "VPU",
    "npu": mark("Other accelerators"),
    "unknown": mark("Not stated"),
}
#: The latency that search asks for, where a reader sets no other line, and how far one may go (ms).
BUDGET: Final = 200.0
SHORTEST, LONGEST = 0.001, 3_600_000.0
#: The letters of the two runs in the URL.
RUNS: Final = ("a", "b")


@dataclass(frozen=True)
class Choices:
    """Suite, model and kind of hardware ("" for all), division, budget (ms), two runs ("" for none)."""

    suite: str = ""
    model: str = ""
    hardware: str = ""
    division: str = "closed"
    budget: float = BUDGET
    a: str = ""
    b: str = ""

    def query(self) -> str:
        """The query string that leads back here, with its question mark; empty for the default view."""
        given = {
            "suite": self.suite,
            "model": self.model,
            "hardware": self.hardware,
            "division": self.division if self.division != "closed" else "",
            "budget": f"{self.budget:g}" if self.budget != BUDGET else "",
            "a": self.a,
            "b": self.b,
        }
        written = urlencode({name: value for name, value in given.items() if value}, safe="/:")
        return f"?{written}" if written else ""

    @property
    def parameters(self) -> dict[str, object]:
        """Values for the questions' parameters; times are in seconds there."""
        return {
            "suite": self.suite,
            "model": self.model,
            "hardware": self.hardware,
            "division": self.division,
            "budget": self.budget / 1000,
        }


@dataclass(frozen=True)
class Held:
    """What there is to choose from: one row per topic, suite, model, scenario, metric and hardware."""

    rows: Sequence[Any] = field(repr=False)

    def names(self, column: str) -> list[str]:
        """The values of a column, most results first."""
        counts: dict[str, int] = {}
        for row in self.rows:
            value = getattr(row, column)
            if value is not None:
                counts[value] = counts.get(value, 0) + int(row.results)
        return sorted(counts, key=lambda name: (-counts[name], name.casefold()))

    @cached_property
    def of_topic(self) -> dict[str, list[Any]]:
        """The rows by their topic."""
        found: dict[str, list[Any]] = {}
        for row in self.rows:
            found.setdefault(row.topic, []).append(row)
        return found

    @cached_property
    def series(self) -> list[str]:
        """Every platform and device, those with most results first: what has a colour of its own.

        The devices that charts tell apart come before those that only tables name.
        """
        drawn = Held([row for row in self.rows if row.topic in ("scaling", "xla_gain")])
        return [*drawn.names("device"), *self.names("platform"), *self.names("device")]

    def most(self, column: str, **wanted: str) -> str:
        """The value with most to show among the rows that have these values; "" when there is none."""
        counts: dict[str, int] = {}
        for row in self.of_topic.get(wanted.get("topic", ""), self.rows):
            if all(getattr(row, name) == value for name, value in wanted.items() if value):
                name = getattr(row, column) or ""
                counts[name] = counts.get(name, 0) + 1
        return max(sorted(counts), key=lambda name: counts[name], default="")


def what_is_held(connection: Connection) -> Held:
    """Reads what there is to choose from."""
    answers = table("benchmark_answers").c
    columns = (
        answers.topic,
        answers.suite,
        answers.model,
        answers.scenario,
        answers.metric,
        answers.round,
        answers.division,
        answers.hardware_class,
        answers.platform,
        answers.device,
    )
    statement = select(*columns, func.sum(answers.sample_size).label("results")).where(
        answers.topic != "runs"
    )
    return Held(connection.execute(statement.group_by(*columns)).all())


def read_choices(
    given: Mapping[str, object], held: Held, connection: Connection
) -> tuple[Choices, list[str]]:
    """The choices of a parsed query string, and a sentence for each value that cannot be.

    A value that cannot be is replaced by its default, so that the page still
    shows something beside the sentence.
    """
    problems: list[str] = []
    chosen = Choices(
        suite=_one_of(given, "suite", held.names("suite"), "", problems),
        model=_one_of(given, "model", held.names("model"), "", problems),
        hardware=_one_of(given, "hardware", tuple(HARDWARE), "", problems),
        division=_one_of(given, "division", DIVISIONS, "closed", problems),
        budget=_budget(given, problems),
        a=_run(given, "a", connection, problems),
        b=_run(given, "b", connection, problems),
    )
    return chosen, problems


def _one_of(
    given: Mapping[str, object], name: str, allowed: Sequence[str], default: str, problems: list[str]
) -> str:
    value = given.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, str) and value in allowed:
        return value
    listed = ", ".join(allowed[:6]) + (" …" if len(allowed) > 6 else "")
    told = _("{name} {value} is not known: it may be {known}.")
    told = told.format(name=name, value=quoted(value), known=listed or _("nothing yet: no result is held"))
    problems.append(f"{told}{_(REPLACED)}{default or _('all')}.")
    return default


def _budget(given: Mapping[str, object], problems: list[str]) -> float:
    value = given.get("budget")
    if value is None or value == "":
        return BUDGET
    try:
        number = float(value) if isinstance(value, str) else float("nan")
    except ValueError:
        number = float("nan")
    if not SHORTEST <= number <= LONGEST:
        problems.append(
            _(
                "budget {value} is no time: write milliseconds from {shortest:g} to {longest:,.0f}, such as "
                "200."
            ).format(value=quoted(value), shortest=SHORTEST, longest=LONGEST)
            + f"{_(REPLACED)}{BUDGET:g} ms."
        )
        return BUDGET
    return number


def _run(given: Mapping[str, object], name: str, connection: Connection, problems: list[str]) -> str:
    value = given.get(name)
    if value is None or value == "":
        return ""
    try:
        if not isinstance(value, str):
            raise DatabaseError("stands twice", to=name, next_step="Name one run")
        return run_named(connection, value)
    except DatabaseError as error:
        problems.append(
            _("{name} {value}: {problem}. Name a revision, a round such as v2.0, or a source.").format(
                name=name, value=quoted(value), problem=error.happened
            )
            + _(LEFT_OUT)
        )
        return ""
