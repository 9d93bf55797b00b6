"""Issues arrive: at a real mail server and a real receiver of hooks, once each, as their recipients want."""

from __future__ import annotations

import json
import logging
import random
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from dashboard.delivery import queue
from dashboard.delivery.post import Post, deliver_due
from dashboard.delivery.recipients import recipients
from dashboard.delivery.unsubscribe import read_token, subscribe_again, token, unsubscribe
from dashboard.reports.archive import make_due
from dashboard.site import Site
from db.engine import writing
from db.schema import table

ADDRESS = "lead@example.org"
MakePost = Callable[..., Post]


def rows(engine: Engine) -> list[Any]:
    held = table("deliveries")
    with engine.connect() as connection:
        found = connection.execute(select(held).where(held.c.channel != "file").order_by(held.c.label))
        return list(found.all())


@pytest.fixture
def made(engine: Engine, made_weeks: ModuleType, tmp_path: Path, drawn_quickly: None) -> Callable[..., Any]:
    """Makes the issue of the week for such recipients; gives the report's settings."""

    def make(*groups: Any, story: Any = None) -> Any:
        made_weeks.fill(engine, story)
        report = made_weeks.Settings(tmp_path / "reports", recipients=groups)
        assert make_due(engine, [report], Site(engine), made_weeks.NOW, force=False)
        return report

    return make


@pytest.fixture
def drawn_quickly(monkeypatch: pytest.MonkeyPatch, made_weeks: ModuleType) -> None:
    """Pictures of one point: other tests look at the real ones."""
    from dashboard.reports import charts

    point = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
        "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
    )
    monkeypatch.setattr(charts, "_drawn", lambda *_: point)


def sent(engine: Engine, post: Post, now: datetime) -> list[str]:
    return deliver_due(engine, post, lambda: now, chance=random.Random(7))


def test_a_mail_arrives_once_with_text_html_pictures_inside_and_a_way_out(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    group = made_weeks.Audience(email=[ADDRESS, "second@example.org", ADDRESS.upper()])
    report = made(group, story=made_weeks.Story(simulated=True))
    post = post_of(inbox.port, report)
    assert len(sent(engine, post, made_weeks.NOW)) == 2
    assert sent(engine, post, made_weeks.NOW + timedelta(days=3)) == []
    assert sorted(inbox.recipients) == [ADDRESS, "second@example.org"]
    mail = next(each for each in inbox.mails if each["To"] == ADDRESS)
    assert mail["Subject"].startswith(
        "[weekly] Simulated data: The week of 15 Jun 2026 was a usual one for TensorFlow: 250"
    )
    assert mail["From"] == "Flowmeter <flowmeter@example.org>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.fullmatch(r"<https://flowmeter\.example\.org/unsubscribe/(.+)>", mail["List-Unsubscribe"])
    assert link is not None
    asked = read_token(link[1])
    assert asked is not None
    assert asked.name == "weekly"
    assert ADDRESS not in link[1]
    assert mail.get_content_type() == "multipart/alternative"
    text, related = list(mail.iter_parts())
    assert text.get_content_type() == "text/plain"
    assert "SIMULATED DATA" in text.get_content()
    assert f"/unsubscribe/{link[1]}" in text.get_content().replace("\n", "")
    html, *pictures = list(related.iter_parts())
    shown = re.findall(r'src="cid:([^"]+)"', html.get_content())
    assert len(shown) == 4
    assert [f"<{each}>" for each in shown] == [picture["Content-ID"] for picture in pictures]
    assert all(picture.get_content_type() == "image/png" for picture in pictures)
    assert "data:image" not in html.get_content()
    assert "https://flowmeter.example.org/reports/1" in html.get_content()
    assert len({each["Message-ID"] for each in inbox.mails}) == 2
    assert {row.message_id for row in rows(engine)} == {each["Message-ID"] for each in inbox.mails}


def test_a_hook_gets_blocks_a_fallback_and_a_link_and_other_words_stay_words(
    engine: Engine, made: Any, made_weeks: ModuleType, hooks: Any, post_of: MakePost, monkeypatch: Any
) -> None:
    monkeypatch.setenv("TEAM_HOOK", hooks.address)
    report = made(
        made_weeks.Audience(webhook=["env:TEAM_HOOK"]), story=made_weeks.Story(simulated=True, newcomers=41.0)
    )
    assert len(sent(engine, post_of(1, report), made_weeks.NOW)) == 1
    ((headers, body),) = hooks.calls
    assert body["text"].startswith("Simulated data: TensorFlow: new contributors rose to 41 people")
    kinds = [block["type"] for block in body["blocks"]]
    assert kinds == ["section", "context"]
    points = body["blocks"][0]["text"]["text"].splitlines()[1:]
    assert points[0].startswith("• Share of commits from outside: 30.1%; ")
    assert "contributors" not in "".join(points), "the headline says it already"
    about = body["blocks"][1]["elements"][0]["text"]
    assert about.startswith("*Simulated data* · TensorFlow · weekly")
    assert about.endswith("<https://flowmeter.example.org/reports/1|Read it>")
    assert headers["Idempotency-Key"] == rows(engine)[0].message_id.strip("<>")
    assert "unsubscribe" not in json.dumps(body)


def test_each_group_gets_the_issue_as_it_reads_it(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    groups = [
        made_weeks.Audience("executives", email=["one@example.org"]),
        made_weeks.Audience("maintainers", email=["two@example.org"]),
        made_weeks.Audience("steering", reads="executives", email=["three@example.org"]),
        made_weeks.Audience("readers", email=["four@example.org"]),
    ]
    sent(engine, post_of(inbox.port, made(*groups)), made_weeks.NOW)
    parts = {}
    for mail in inbox.mails:
        text = mail.get_body(("plain",)).get_content()
        parts[mail["To"]] = re.findall(r"^([A-Z -]{9,})\r?\n=+\r?$", text, re.MULTILINE)
    assert parts["one@example.org"] == parts["three@example.org"] == ["THE GOALS"]
    assert parts["two@example.org"][:2] == ["NEEDS HELP", "BENCHMARK NEWS"]
    assert parts["four@example.org"][:2] == ["THE GOALS", "WHAT CHANGED MOST"]
    assert set(parts["two@example.org"]) == set(parts["four@example.org"])


def test_a_refusal_for_now_is_tried_again_later_and_later_with_the_same_id(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    report = made(made_weeks.Audience(email=[ADDRESS]))
    post = post_of(inbox.port, report)
    inbox.refuse_mail = ["451 try later", "421 closing"]
    now = made_weeks.NOW
    waits = []
    for _ in range(2):
        (line,) = sent(engine, post, now)
        assert "tried again later (the mail server says 4" in line
        (row,) = rows(engine)
        waits.append(row.next_attempt_at - now)
        assert sent(engine, post, row.next_attempt_at - timedelta(seconds=1)) == []
        now = row.next_attempt_at
    assert timedelta(seconds=45) <= waits[0] <= timedelta(seconds=75)
    assert timedelta(seconds=90) <= waits[1] <= timedelta(seconds=150)
    first = rows(engine)[0].message_id
    sent(engine, post, now)
    (row,) = rows(engine)
    assert (row.state, row.attempts, row.error, row.message_id) == ("sent", 3, None, first)
    assert [each["Message-ID"] for each in inbox.mails] == [first]


def test_a_bounce_is_given_up_at_once_and_keeps_nobody_else_back(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    report = made(made_weeks.Audience(email=["gone@example.org", ADDRESS]))
    inbox.refuse_recipient["gone@example.org"] = "550 <gone@example.org> no such user"
    lines = sent(engine, post_of(inbox.port, report), made_weeks.NOW)
    assert inbox.recipients == [ADDRESS]
    bounced, arrived = rows(engine)
    assert (bounced.state, bounced.label) == ("failed", "readers, mail 1")
    assert bounced.error == "the mail server says 550: <the address> no such user"
    assert arrived.state == "sent"
    assert sent(engine, post_of(inbox.port, report), made_weeks.NOW + timedelta(days=9)) == []
    assert not [line for line in lines if "@" in line]


def test_a_server_that_stays_away_is_given_up_after_about_a_day(
    sqlite_engine: Engine, made_weeks: ModuleType, drawn_quickly: None, tmp_path: Path, post_of: MakePost
) -> None:
    made_weeks.fill(sqlite_engine)
    report = made_weeks.Settings(tmp_path, recipients=[made_weeks.Audience(email=[ADDRESS])])
    make_due(sqlite_engine, [report], Site(sqlite_engine), made_weeks.NOW, force=False)
    now = made_weeks.NOW
    while rows(sqlite_engine)[0].state == "pending":
        assert sent(sqlite_engine, post_of(1, report), now)
        now = rows(sqlite_engine)[0].next_attempt_at
    (row,) = rows(sqlite_engine)
    assert (row.state, row.attempts) == ("failed", 12)
    assert row.error == "the mail server cannot be reached (Connection refused)"
    assert timedelta(hours=14) < now - made_weeks.NOW < timedelta(hours=40)


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        ((404, {}), "failed", "the hook answers 404: it is gone or refuses what is sent"),
        ((302, {"Location": "http://127.0.0.1:1/"}), "failed", "the hook answers 302: it is gone or refuses"),
        ((503, {}), "pending", "the hook answers 503"),
        ((429, {"Retry-After": "900"}), "pending", "the hook answers 429"),
    ],
)
def test_a_dead_hook_is_given_up_and_a_busy_one_is_waited_for(
    sqlite_engine: Engine,
    made_weeks: ModuleType,
    drawn_quickly: None,
    tmp_path: Path,
    hooks: Any,
    post_of: MakePost,
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, dict[str, str]],
    state: str,
    error: str,
) -> None:
    monkeypatch.setenv("TEAM_HOOK", hooks.address)
    made_weeks.fill(sqlite_engine)
    report = made_weeks.Settings(tmp_path, recipients=[made_weeks.Audience(webhook=["env:TEAM_HOOK"])])
    make_due(sqlite_engine, [report], Site(sqlite_engine), made_weeks.NOW, force=False)
    hooks.answers = [answer]
    sent(sqlite_engine, post_of(1, report), made_weeks.NOW)
    (row,) = rows(sqlite_engine)
    assert row.state == state
    assert row.error.startswith(error)
    if answer[0] == 429:
        assert row.next_attempt_at == made_weeks.NOW + timedelta(seconds=900)


def test_addresses_hooks_and_passwords_stand_in_no_log_no_row_and_no_address(
    engine: Engine,
    made: Any,
    made_weeks: ModuleType,
    inbox: Any,
    hooks: Any,
    post_of: MakePost,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    people = tmp_path / "people.txt"
    people.write_text("# the team\nthird@example.org\nfourth@example.org\n")
    monkeypatch.setenv("TEAM_HOOK", hooks.address.replace("/hook/", "/dead/"))
    monkeypatch.setenv("FLOWMETER_SMTP_PASSWORD", "pa55word")
    hooks.answers = [(500, {})]
    inbox.refuse_mail = ["451 not for third@example.org now"] * 3
    report = made(made_weeks.Audience(email=[ADDRESS, f"file:{people}"], webhook=["env:TEAM_HOOK"]))
    post = post_of(inbox.port, report)
    lines = sent(engine, post, made_weeks.NOW)
    sent(
        engine, replace(post, mail=replace(post.mail, user="flowmeter")), made_weeks.NOW + timedelta(hours=1)
    )
    assert len(lines) == 4
    said = [each.getMessage() for each in caplog.records if each.name != "mail.log"]  # the server's own
    written = "\n".join([*said, *lines]) + repr(rows(engine)) + repr(recipients(report.recipients, "project"))
    for secret in (ADDRESS, "third@", "fourth@", "s3cret", "pa55word", hooks.address):
        assert secret not in written


def test_who_has_left_gets_nothing_more_until_they_come_back(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    report = made(made_weeks.Audience(email=[ADDRESS, "second@example.org"]))
    person = recipients(report.recipients, "project")[0]
    asked = read_token(token("weekly", person.key))
    assert asked is not None
    with writing(engine).begin() as connection:
        for _ in range(2):
            unsubscribe(connection, asked, made_weeks.NOW)
    sent(engine, post_of(inbox.port, report), made_weeks.NOW)
    assert inbox.recipients == ["second@example.org"]
    assert [row.state for row in rows(engine)] == ["unsubscribed", "sent"]
    with writing(engine).begin() as connection:
        subscribe_again(connection, asked)
    later = made_weeks.NOW + timedelta(weeks=1)
    make_due(engine, [report], Site(engine), later, force=False)
    sent(engine, post_of(inbox.port, report), later)
    assert sorted(inbox.recipients) == [ADDRESS, "second@example.org", "second@example.org"]


def test_a_link_that_was_changed_or_made_elsewhere_leads_nowhere(made_weeks: ModuleType) -> None:
    good = token("weekly", "a" * 32)
    assert read_token(good) is not None
    for bad in (good[:-1], good[:-1] + "0", good.replace("weekly", "monthly"), "", "x" * 9000, f"{good}\n"):
        assert read_token(bad) is None or bad == good


def test_who_is_no_longer_configured_is_dropped(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    report = made(made_weeks.Audience(email=[ADDRESS]))
    sent(engine, post_of(inbox.port, replace(report, recipients=[])), made_weeks.NOW)
    assert (inbox.mails, [row.state for row in rows(engine)]) == ([], ["dropped"])


def test_an_issue_that_could_not_be_sent_for_long_says_so_when_it_arrives(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    report = made(made_weeks.Audience(email=[ADDRESS]))
    sent(engine, post_of(inbox.port, report), made_weeks.NOW + timedelta(days=2, hours=1))
    (mail,) = inbox.mails
    note = "Sent late: it was due 22 Jun 2026, 07:00 UTC, 2 days ago"
    for part in (mail.get_body(("plain",)), mail.get_body(("html",))):
        assert part is not None
        assert note in " ".join(part.get_content().split())


def test_a_week_that_was_missed_is_made_late_and_says_so(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    report = made(made_weeks.Audience(email=[ADDRESS]))
    later = made_weeks.NOW + timedelta(weeks=2, days=1)
    lines = make_due(engine, [report], Site(engine), later, force=False)
    assert len([line for line in lines if ": made, issue" in line]) == 2
    sent(engine, post_of(inbox.port, report), later)
    text = [" ".join(mail.get_body(("plain",)).get_content().split()) for mail in inbox.mails]
    late = [
        each for each in text if each.startswith("Late: this issue was due on Mon 29 Jun 2026, 07:00 (UTC)")
    ]
    assert len(late) == 1
    assert "7:00 (UTC), 8 days ago." in late[0]
    assert sum(each.startswith("Late: ") for each in text) == 2  # the newest is a day late too


def test_weeks_that_were_missed_arrive_one_after_the_other(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    report = made(made_weeks.Audience(email=[ADDRESS]))
    later = made_weeks.NOW + timedelta(weeks=5)
    make_due(engine, [report], Site(engine), later, force=False)
    sent(engine, post_of(inbox.port, report), later)
    weeks = [mail["Message-ID"].split(".")[1] for mail in inbox.mails]
    assert len(weeks) == 5
    assert weeks == sorted(weeks)


def test_two_at_once_send_each_message_once(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost
) -> None:
    report = made(made_weeks.Audience(email=[f"reader{n}@example.org" for n in range(12)]))
    post = post_of(inbox.port, report)
    both = threading.Barrier(2, timeout=60)
    told: list[list[str]] = []

    def go() -> None:
        both.wait()
        told.append(sent(engine, post, made_weeks.NOW))

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(inbox.recipients) == sorted(f"reader{n}@example.org" for n in range(12))
    assert sum(len(lines) for lines in told) == 12


def test_who_lost_the_claim_hands_nothing_over_and_writes_nothing(
    engine: Engine, made: Any, made_weeks: ModuleType, inbox: Any, post_of: MakePost, monkeypatch: Any
) -> None:
    report = made(made_weeks.Audience(email=[ADDRESS]))
    claim = queue.claim

    def taken_over(given: Engine, now: datetime) -> Any:
        claimed = claim(given, now)
        if claimed is not None:
            held = table("deliveries")
            with writing(given).begin() as connection:
                connection.execute(update(held).values(token=held.c.token + 1))
        return claimed

    monkeypatch.setattr(queue, "claim", taken_over)
    assert sent(engine, post_of(inbox.port, report), made_weeks.NOW) == [
        "weekly of project to readers, mail 1: left to another process"
    ]
    assert inbox.mails == []
    assert rows(engine)[0].state == "sending"
    monkeypatch.undo()
    after_the_lease = made_weeks.NOW + queue.LEASE + timedelta(seconds=1)
    assert len(sent(engine, post_of(inbox.port, report), after_the_lease)) == 1
    assert inbox.recipients == [ADDRESS]
