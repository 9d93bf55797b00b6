"""What flowmeter.toml says, as far as it can be looked at without a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from collector import sign_in_check
from collector.benchmarks.measuring.workloads import chosen, suite_named
from collector.configuration import Configuration, configuration_path, load
from collector.doctor.finding import Finding
from collector.errors import CollectorError


def configuration() -> tuple[Configuration | None, Finding]:
    """The file, or what is wrong with it."""
    try:
        found = load()
    except CollectorError as error:
        return None, Finding("configuration", "wrong", f"{error.to}: {error.happened}", error.next_step)
    told = f"{configuration_path()}: {len(found.roles)} repositories"
    return found, Finding("configuration", "good", told)


def benchmarks(configuration: Configuration) -> Iterator[Finding]:
    """Whether configured sources and suites are there."""
    for source in configuration.benchmarks.sources:
        if not Path(source).exists():
            yield Finding(
                "benchmarks",
                "wrong",
                f"benchmarks.sources names {source}, which is not at {Path(source).resolve()}",
                "Give a path that exists, from the folder in which Flowmeter runs",
            )
    for name in configuration.benchmarks.run:
        try:
            chosen(suite_named(name))
        except CollectorError as error:
            yield Finding(
                "benchmarks", "wrong", f"benchmarks.run names {name}, but {error.happened}", error.next_step
            )


def sign_in(configuration: Configuration) -> Iterator[Finding]:
    """Whether people can sign in as configured."""
    section = configuration.sign_in
    if section is None:
        yield Finding("sign-in", "good", "nobody has to: the dashboard is public")
        return
    found = list(sign_in_check.faults(section))
    for fault, next_step in found:
        yield Finding("sign-in", "wrong", fault, next_step)
    if not found:
        yield Finding("sign-in", "good", sign_in_check.in_words(section))
