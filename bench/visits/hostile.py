"""Clients that ask hostile questions one after another over HTTP, in a process of their own.

Each comes from an address of its own on loopback, so that the server takes them for different clients.
"""

from __future__ import annotations

import http.client
import multiprocessing
import multiprocessing.synchronize
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue
from typing import Final
from urllib.parse import urlencode

CLIENTS: Final = 8
#: How long the attack goes on before anybody measures: each of its clients has asked by then.
BEFORE: Final = 1.5
_COUNTING: Final = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {most}) SELECT {what} FROM n"
)
#: What is asked: without end; many that are short; a million rows; what is long to read and is refused then.
ATTACKS: Final = {
    "endless": {"q": _COUNTING.format(most=10**15, what="COUNT(*)")},
    "short": {"q": _COUNTING.format(most=200_000, what="COUNT(*)")},
    "wide": {"q": _COUNTING.format(most=10**6, what="x, x, x, x, x, x"), "_rows": "1000000"},
    "long": {"q": f"SELECT 1 WHERE {'+'.join(['a'] * 24_000)} > 0"},
}


@contextmanager
def hostile(port: int, attack: str) -> Iterator[Counter[str]]:
    """The clients at work while the block lasts; how often they were answered how is told at its end."""
    over = multiprocessing.Event()
    queue: Queue[Counter[str]] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_clients, args=(port, attack, over, queue))
    process.start()
    told: Counter[str] = Counter()
    try:
        time.sleep(BEFORE)
        yield told
    finally:
        over.set()
        told.update(queue.get(timeout=60))
        process.join()


def _clients(
    port: int, attack: str, over: multiprocessing.synchronize.Event, queue: Queue[Counter[str]]
) -> None:
    told: Counter[str] = Counter()
    threads = [
        threading.Thread(target=_client, args=(port, f"127.0.0.{2 + number}", attack, over, told))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put(told)


def _client(
    port: int, address: str, attack: str, over: multiprocessing.synchronize.Event, told: Counter[str]
) -> None:
    query = urlencode(ATTACKS[attack])
    while not over.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(address, 0))
        try:
            connection.request(
                "POST", "/api/sql.json", query, {"Content-Type": "application/x-www-form-urlencoded"}
            )
            answer = connection.getresponse()
            while answer.read(1 << 16) and not over.is_set():
                pass
            told[str(answer.status)] += 1
            busy = answer.status == 429
        except (OSError, http.client.HTTPException) as error:
            told[type(error).__name__] += 1
            busy = True
        finally:
            connection.close()
        if busy:
            # As whoever is told to come back does, only sooner.
            over.wait(0.25)
