"""Senders are killed at random moments: nothing is lost, and what comes twice has the same Message-ID."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, select

from dashboard.delivery import queue
from dashboard.delivery.queue import Order
from dashboard.delivery.recipients import recipients
from db.engine import writing
from db.schema import table

KILLING = Path(__file__).with_name("killing.py")
ROOT = Path(__file__).resolve().parents[3]
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="


def put_in(engine: Engine, made_weeks: ModuleType, group: Any) -> int:
    """An issue, and its deliveries to everybody in the group."""
    with writing(engine).begin() as connection:
        number = connection.execute(
            table("reports")
            .insert()
            .values(
                report="weekly",
                scope="project",
                period=made_weeks.WEEK,
                period_end=made_weeks.WEEK + timedelta(days=6),
                headline="A week as any other.",
                html=f'<html><body><img src="data:image/png;base64,{PICTURE}"></body></html>',
                text="A week as any other.\n",
                made_at=made_weeks.NOW,
            )
        ).inserted_primary_key[0]
        orders = [
            Order(
                kind="report",
                name="weekly",
                scope="project",
                audience=each.audience,
                channel=each.channel,
                recipient=each.key,
                label=each.label,
                due_at=made_weeks.NOW,
                period=made_weeks.WEEK,
                report_id=number,
            )
            for each in recipients([group], "project")
        ]
        return queue.put_in(connection, orders, made_weeks.NOW)


def killed(engine: Engine, made_weeks: ModuleType, **order: Any) -> dict[str, Any]:
    """Have senders killed as the order says; gives what the killer saw."""
    url = engine.url.render_as_string(hide_password=False)
    whole = {"database": url, "now": made_weeks.NOW.isoformat(), "seed": 20260622, **order}
    done = subprocess.run(
        [sys.executable, str(KILLING)],
        input=json.dumps(whole) + "\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    assert not any(found["statuses"]), done.stderr[-3000:]
    return found


def test_two_at_once_killed_at_100_random_moments_each_message_arrives_and_a_repeat_has_the_same_id(
    engine: Engine,
    made_weeks: ModuleType,
    inbox: Any,
    hooks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual = 100 if engine.dialect.name == "sqlite" else 10
    kills = int(os.environ.get("FLOWMETER_TEST_KILLS", usual))
    email = [f"reader{number}@example.org" for number in range(3 * kills)]
    webhook = [f"env:HOOK_{number}" for number in range(kills // 2)]
    for number in range(len(webhook)):
        monkeypatch.setenv(f"HOOK_{number}", hooks.address)
    group = made_weeks.Audience(email=email, webhook=webhook)
    assert put_in(engine, made_weeks, group) == len(email) + len(webhook)
    engine.dispose()
    seen = killed(
        engine,
        made_weeks,
        port=inbox.port,
        email=email,
        webhook=webhook,
        kills=kills,
        at_once=2,
        seconds=0.05,
    )
    held = table("deliveries")
    with engine.connect() as connection:
        rows = connection.execute(select(held)).all()
    assert {row.state for row in rows} == {"sent"}
    arrived = Counter(inbox.recipients)
    assert set(arrived) == set(email)
    ids: dict[str, set[str]] = {}
    for mail in inbox.mails:
        ids.setdefault(mail["To"], set()).add(mail["Message-ID"])
    assert all(len(each) == 1 for each in ids.values()), "a repeat has the same Message-ID"
    assert len({each for held_ids in ids.values() for each in held_ids}) == len(email)
    keys = Counter(headers["Idempotency-Key"] for headers, _ in hooks.calls)
    assert len(keys) == len(webhook)
    repeats = sum(arrived.values()) - len(email) + sum(keys.values()) - len(webhook)
    assert repeats <= seen["killed"]
    tried = {row.message_id: row.attempts for row in rows}
    for mail in inbox.mails:
        if arrived[mail["To"]] > 1:
            assert tried[mail["Message-ID"]] > 1
    print(f"{seen['killed']} killed, {sum(row.attempts > 1 for row in rows)} tried again, {repeats} repeated")
    assert seen["killed"] >= kills * 0.6, "the messages ran out before the kills"


def test_killed_between_their_taken_and_our_commit_it_comes_again_with_the_same_id(
    engine: Engine, made_weeks: ModuleType, inbox: Any
) -> None:
    email = ["lead@example.org"]
    put_in(engine, made_weeks, made_weeks.Audience(email=email))
    engine.dispose()
    seen = killed(
        engine,
        made_weeks,
        port=inbox.port,
        email=email,
        kills=1,
        at_once=1,
        seconds=1e9,
        before_the_commit=True,
    )
    assert seen["killed"] == 1
    assert inbox.recipients == email * 2
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 1
