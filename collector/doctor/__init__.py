"""What is configured, reachable and stale, and what to do about each thing that is not as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection

from collector.configuration import Configuration
from collector.doctor import collecting, database, github, machine, reporting, settings
from collector.doctor.finding import Finding
from db.faults import FORESEEN, in_words

__all__ = ["Finding", "examine"]

Check = Callable[[Connection, Configuration, datetime], Iterator[Finding]]
#: What is asked of a database that is there, in order.
CHECKS: tuple[Check, ...] = (
    database.clock,
    database.identity_key,
    collecting.contents,
    collecting.scheduler,
    collecting.runs,
    collecting.orphaned,
    collecting.stale_leases,
    collecting.cursors,
    collecting.differences,
    collecting.staleness,
    collecting.values,
)


def examine(now: datetime, addressed: Callable[[], reporting.Addressed] | None = None) -> list[Finding]:
    """Every check in order; one that cannot be made because of an earlier one is left out.

    `addressed` tells to whom reports and alerts go: it is asked when some letter did not arrive.
    Without it every letter counts.
    """
    findings = [machine.tools(), *machine.disks(), *machine.left_behind(), *machine.clones()]
    configuration, finding = settings.configuration()
    findings.append(finding)
    if configuration is not None:
        findings.extend(settings.benchmarks(configuration))
        findings.extend(settings.sign_in(configuration))
        findings.extend(reporting.mail(configuration))
    findings.extend(github.tokens(now))
    engine, found = database.opened()
    findings.extend(found)
    if engine is None or configuration is None:
        return findings
    try:
        with engine.connect() as connection:
            for check in CHECKS:
                findings.extend(check(connection, configuration, now))
            findings.extend(reporting.deliveries(connection, now, addressed))
    except FORESEEN as error:
        told = in_words(error)
        findings.append(Finding("database", "wrong", told.happened, told.next_step))
    engine.dispose()
    return findings
