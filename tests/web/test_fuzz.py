"""The API, called as its own description says it may be called and otherwise too, is never at fault itself.

A few examples per address in every run; ``SERVQ_FUZZ_EXAMPLES=100`` draws more.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode, Response

from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.db import make_engine, make_sessions
from servq.instruments import load_instrument
from servq.settings import Settings
from servq.web import create_app
from stateful.factories import NOW, make_survey

EXAMPLES = int(os.environ.get("SERVQ_FUZZ_EXAMPLES", "2"))
SET_UP_IS_MISSING = {"environment.incomplete", "mail.unavailable"}
"""What a server may say about itself with a status of 503: here it has no mail server."""

SLOW = "report.pdf"
ROOT = Path(__file__).parents[2]


@contextmanager
def serving(database: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "servq", "serve", "--port", str(port), "--database", database],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "SERVQ_SECRET": "a secret of the installation in tests"},
    ) as server:
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            sleep(0.05)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


async def prepare(database: str) -> str:
    engine = make_engine(database)
    sessions = make_sessions(engine)
    await make_survey(sessions, sites=("North",), now=NOW)
    await make_survey(sessions, instrument=load_instrument("csat"), now=NOW)
    async with sessions.begin() as session:
        key = await create_key(session, [*Scope], now=NOW)
    await engine.dispose()
    return key.text


def find_fault(answer: Response) -> str | None:
    """Return what is wrong with an answer, whatever was asked."""
    if answer.status_code >= 400 and "application/problem+json" not in answer.headers.get("content-type", ()):
        # the server in front of the application refuses by itself what is no HTTP at all
        return None if answer.status_code == 400 else "it is no problem document"
    if answer.status_code >= 500 and answer.json()["code"] not in SET_UP_IS_MISSING:
        return str(answer.json())
    return None


# PostgreSQL refuses more of what a text may hold than SQLite does.
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as_described", "otherwise"])
def test_no_request_meets_a_fault(database: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_dict(create_app(Settings()).openapi_schema.to_schema())
    headers = {"Authorization": f"Bearer {asyncio.run(prepare(database))}"}
    faults: list[str] = []
    n_called = 0
    with serving(database) as address:
        for found in schema.get_all_operations():
            operation = found.ok()
            if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
                continue

            @settings(
                max_examples=1 if SLOW in operation.path else EXAMPLES,
                phases=[Phase.generate],
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def call(case: Case) -> None:
                nonlocal n_called
                answer = case.call(base_url=address, headers=headers, timeout=120)
                n_called += 1
                fault = find_fault(answer)
                if fault is not None:
                    faults.append(f"{case.as_curl_command()}\n{answer.status_code}: {fault}")

            call()
    assert n_called >= EXAMPLES
    assert faults == [], "\n".join(faults)
