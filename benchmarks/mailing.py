"""Measures how fast the outbox is sent: 5,000 personalised invitations to an SMTP server on this machine.

Run from the root of the project: ``python benchmarks/mailing.py``. The server runs in a process of its own. The share
of time spent outside SMTP compares the whole way (claim, compose, hand over, write down) with handing over the same
messages, composed beforehand, over as many connections.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from multiprocessing import Process, Queue
from pathlib import Path
from time import perf_counter

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from mail.planning import TOKENS, invite, settings_of
from mail.sink import open_sink
from servq.contacts.models import Suppression
from servq.db import make_engine, make_sessions, upgrade
from servq.instruments import load_instrument
from servq.invitations.dispatch import Dispatcher
from servq.invitations.lettering import Composer
from servq.mail.sending import Envelope, MailConnections
from servq.mail.servers import MailSettings
from servq.worker import run
from servq.worker.jobs import CONNECTIONS
from stateful.factories import make_survey

N_MESSAGES, N_AT_ONCE = 5_000, 500
MOST_OUTSIDE = 0.5


class Recorder(MailConnections):
    """Connections that remember what was handed over."""

    envelopes: list[Envelope]

    async def deliver(self, envelope: Envelope) -> object:  # type: ignore[override]  # it returns what its parent does
        self.envelopes.append(envelope)
        return await super().deliver(envelope)


def serve(said: Queue[int], asked: Queue[str]) -> None:
    """Run the server; say how many messages arrived since the last question."""
    with open_sink() as sink:
        said.put(sink.port)
        while asked.get():
            said.put(len(sink.received))
            sink.received.clear()


async def send_outbox(
    sessions: async_sessionmaker[AsyncSession], mail: MailSettings
) -> tuple[float, list[Envelope], int]:
    async def never(_session: AsyncSession, _address: str, _reply: str) -> None:
        raise AssertionError("the server refused a message")

    async with Recorder.open(mail.server, n=CONNECTIONS) as connections:
        connections.envelopes = []
        dispatcher = Dispatcher(
            sessions,
            Composer(sender=mail.sender, address="https://survey.example", tokens=TOKENS),
            connections,
            now=lambda: datetime.now(UTC),
            suppressed=select(Suppression.address),
            on_hard_refusal=never,
        )
        started = perf_counter()
        tally = await dispatcher.run(asyncio.Event())
        return perf_counter() - started, connections.envelopes, tally.sent


async def hand_over(mail: MailSettings, envelopes: list[Envelope]) -> float:
    waiting = iter(envelopes)

    async def one_connection(connections: MailConnections) -> None:
        for envelope in waiting:
            await connections.deliver(envelope)

    async with MailConnections.open(mail.server, n=CONNECTIONS) as connections:
        started = perf_counter()
        await asyncio.gather(*(one_connection(connections) for _ in range(CONNECTIONS)))
        return perf_counter() - started


async def measure(database: str, said: Queue[int], asked: Queue[str]) -> None:
    engine = make_engine(database)
    await upgrade(engine)
    sessions = make_sessions(engine)
    survey = await make_survey(sessions, instrument=load_instrument("nps"))
    mail = MailSettings.of(settings_of(database, said.get()))
    whole = smtp = size = 0.0
    # In turns, so that a machine that is busy for a while is so for both.
    for part in range(N_MESSAGES // N_AT_ONCE):
        await invite(sessions, survey, [f"guest{part}-{number}@example.org" for number in range(N_AT_ONCE)])
        taken, envelopes, sent = await send_outbox(sessions, mail)
        whole += taken
        smtp += await hand_over(mail, envelopes)
        size += sum(len(envelope.content) for envelope in envelopes) / 1024
        asked.put("count")
        arrived = said.get()
        assert (sent, arrived) == (N_AT_ONCE, 2 * N_AT_ONCE), f"{sent} sent, {arrived} arrived"
    asked.put("")
    await engine.dispose()
    outside = 1 - smtp / whole
    verdict = "ok" if outside <= MOST_OUTSIDE else "TOO SLOW"
    print(
        f"{N_MESSAGES} personalised messages of {size / N_MESSAGES:.0f} kB: "
        f"{whole:.1f} s, {N_MESSAGES / whole:.0f} messages/s"
    )
    print(f"outside SMTP: {outside:.0%} of the time (at most {MOST_OUTSIDE:.0%}) {verdict}")


def main() -> None:
    said: Queue[int] = Queue()
    asked: Queue[str] = Queue()
    server = Process(target=serve, args=(said, asked), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory() as folder:
        run(measure(f"sqlite:///{folder}/servq.db", said, asked))
    server.join(timeout=10)


if __name__ == "__main__":
    main()
