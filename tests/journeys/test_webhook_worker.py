"""A webhook from the answer to the receiver, through the service and the worker as processes of their own."""

from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import monotonic, sleep

import httpx
import pytest

from journeys.test_event_burst import running, serving
from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.db import make_engine, make_sessions
from servq.instruments import load_instrument
from servq.invitations.tokens import new_token
from servq.surveys.models import Survey
from stateful.factories import NOW, make_survey

PATIENCE_S = 30


class Receiver(BaseHTTPRequestHandler):
    """Keeps every message."""

    got: list[tuple[str, dict[str, object]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["Webhook-Id"], json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing to the terminal."""


async def prepare(database: str) -> tuple[Survey, str]:
    engine = make_engine(database)
    sessions = make_sessions(engine)
    survey = await make_survey(sessions, instrument=load_instrument("nps"), now=NOW)
    async with sessions.begin() as session:
        key = await create_key(session, [Scope.WEBHOOKS_WRITE, Scope.SURVEYS_WRITE], now=NOW)
    await engine.dispose()
    return survey, key.text


def test_a_low_score_reaches_another_system(sqlite_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVQ_WEBHOOK_NETWORKS", "127.0.0.0/8")
    survey, key = asyncio.run(prepare(sqlite_database))
    Receiver.got = []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    headers = {"Authorization": f"Bearer {key}"}
    with serving(sqlite_database) as (_, address), running("worker", "--database", sqlite_database):
        with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
            url = f"http://127.0.0.1:{server.server_port}/hook"
            added = client.post("/api/v1/webhooks", json={"url": url, "happenings": ["low_score"]})
            assert added.status_code == 201, added.text
            client.put(f"/api/v1/surveys/{survey.id}/low-scores/nps", json={"at_most": 6}).raise_for_status()
            body = {"token": new_token(), "score": 3, "comment": "The lift is slow."}
            assert client.post(f"/f/{survey.slug}/json", json=body).status_code == 201
        until = monotonic() + PATIENCE_S
        while not Receiver.got and monotonic() < until:
            sleep(0.05)
    server.shutdown()
    server.server_close()
    ((_, told),) = Receiver.got
    assert told["type"] == "low_score"
    data = told["data"]
    assert isinstance(data, dict)
    assert (data["value"], data["administration"], data["texts"]) == (
        3,
        "feedback_form",
        {"feedback": "The lift is slow."},
    )
