"""A load as a run of a job: with a lease, a line in the ledger of runs, and pages that go down whole."""

from __future__ import annotations

from collector.archive.load import Order, pages
from collector.collection import Collection
from collector.jobs import Job, Source, Target
from collector.run import Progress, run

JOB = Job(
    "archive load",
    "history",
    "installation",
    "nothing",
    "collector.archive.load",
    "Events of GH Archive's hours, into the lake and the fact tables",
)


def load_archive(collection: Collection, order: Order) -> Progress:
    """Load what the order asks for; the repositories found on the way are in the scopes afterwards."""
    collection.prepare()
    source = Source(Target(), collection.configuration, None, collection.clock())
    ended = run(
        collection.engine,
        JOB,
        source,
        function=lambda source, _: pages(order, source),
        simulated=collection.simulated,
        clock=collection.clock,
        stop=collection.stop,
        report=collection.report,
    )
    collection.prepare()
    return ended
