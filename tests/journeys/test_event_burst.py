"""A burst of 10,000 events while the service and then the worker are killed: nothing is lost and nothing doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import httpx
from sqlalchemy import func, select

from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.contacts.models import Contact, Decision
from servq.db import make_engine, make_sessions
from servq.events.models import Event, RuleStart
from servq.events.rules import NewRule, add_rule
from servq.invitations.models import Invitation, OutgoingMessage
from stateful.factories import NOW, make_survey

N_EVENTS = {"postgresql": 10_000, "sqlite": 2_500}
"""Events of the burst: all of it where production runs, fewer where one writer at a time takes as long for each."""
BATCH = 250
SENDERS = 4
EVERY = 10
"""One event in so many is at the touchpoint that a rule means."""

ROOT = Path(__file__).parents[2]

Batch = list[dict[str, object]]


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "servq", *arguments],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "SERVQ_SECRET": "a secret of the installation in tests"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def serving(database: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running("serve", "--port", str(port), "--database", database) as process:
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "servq serve ended"
            sleep(0.05)
        yield process, f"http://127.0.0.1:{port}"


def make_batches(n_events: int) -> list[Batch]:
    events: Batch = [
        {
            "kind": "service_completed",
            "idempotency_key": f"stay-{number}",
            "contact": {"reference": f"guest-{number}", "email": f"guest-{number}@example.org"},
            "touchpoint": "checkout" if number % EVERY == 0 else "bar",
            "site": "Harbour",
            "agent": "desk 4",
            "attributes": {"room": "suite"},
        }
        for number in range(n_events)
    ]
    return [events[start : start + BATCH] for start in range(0, n_events, BATCH)]


async def send(
    address: str, key: str, batches: list[Batch], victim: subprocess.Popen[bytes] | None = None
) -> dict[int, list[dict[str, object]]]:
    """Send batches with several senders, kill the service in the middle, and return what was acknowledged."""
    acknowledged: dict[int, list[dict[str, object]]] = {}
    waiting = iter(range(len(batches)))

    async def sender(client: httpx.AsyncClient) -> None:
        for number in waiting:
            if victim is not None and len(acknowledged) >= len(batches) // 3:
                # others are being answered right now
                victim.send_signal(signal.SIGKILL)
            try:
                answer = await client.post(f"{address}/api/v1/events/bulk", json={"events": batches[number]})
            except httpx.TransportError:
                continue
            assert answer.status_code == 201, answer.text
            acknowledged[number] = answer.json()

    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        await asyncio.gather(*(sender(client) for _ in range(SENDERS)))
    return acknowledged


async def prepare(database: str) -> str:
    engine = make_engine(database)
    sessions = make_sessions(engine)
    survey = await make_survey(sessions, now=NOW)
    async with sessions.begin() as session:
        await add_rule(session, survey.id, NewRule(event_kind="service_completed", touchpoints=("checkout",)), now=NOW)
        key = await create_key(session, [Scope.EVENTS_WRITE], now=NOW)
    await engine.dispose()
    return key.text


async def count(database: str, *tables: type) -> list[int]:
    engine = make_engine(database)
    async with engine.connect() as connection:
        counts = [(await connection.execute(select(func.count()).select_from(table))).scalar_one() for table in tables]
    await engine.dispose()
    return counts


async def stored_keys(database: str) -> list[str]:
    engine = make_engine(database)
    async with engine.connect() as connection:
        keys = list((await connection.execute(select(Event.idempotency_key))).scalars())
    await engine.dispose()
    return keys


def test_a_burst_of_events_survives_that_service_and_worker_are_killed_in_the_middle(database: str) -> None:
    key = asyncio.run(prepare(database))
    n_events = N_EVENTS[database.split(":", maxsplit=1)[0].split("+", maxsplit=1)[0]]
    inviting = n_events // EVERY
    batches = make_batches(n_events)
    with serving(database) as (process, address):
        acknowledged = asyncio.run(send(address, key, batches, victim=process))
        assert process.wait(timeout=10) == -signal.SIGKILL
    assert 0 < len(acknowledged) < len(batches), "it was killed in the middle"
    stored = asyncio.run(stored_keys(database))
    assert len(stored) == len(set(stored))
    assert {event["idempotency_key"] for answer in acknowledged.values() for event in answer} <= set(stored)
    assert len(stored) % BATCH == 0, "a request is stored wholly or not at all"

    with serving(database) as (_, address):
        again = asyncio.run(send(address, key, batches))
    assert len(again) == len(batches)
    assert {number: again[number] for number in acknowledged} == acknowledged, "a replay is answered the same"
    assert asyncio.run(count(database, Event, Contact)) == [n_events, n_events]
    assert len(set(asyncio.run(stored_keys(database)))) == n_events

    for _ in range(3):
        before = sum(asyncio.run(count(database, RuleStart, Decision)))
        with running("worker", "--database", database) as worker:
            while before < 2 * inviting and sum(asyncio.run(count(database, RuleStart, Decision))) == before:
                assert worker.poll() is None, "servq worker ended"
                sleep(0.01)
            worker.send_signal(signal.SIGKILL)
    with running("worker", "--database", database):
        for _ in range(600):
            if asyncio.run(count(database, Decision))[0] == inviting:
                break
            sleep(0.05)
    assert asyncio.run(count(database, Decision, Invitation, OutgoingMessage)) == [inviting] * 3
