from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

from mail.planning import SECRET, invite
from mail.sink import Sink, free_port
from servq.db import make_engine, make_sessions
from stateful.factories import make_survey

ROOT = Path(__file__).parents[2]


def test_the_web_service_sends_mail_besides_unless_told_not_to(sqlite_database: str, sink: Sink) -> None:
    async def prepare() -> None:
        engine = make_engine(sqlite_database)
        sessions = make_sessions(engine)
        await invite(sessions, await make_survey(sessions), ["ann@example.org"])
        await engine.dispose()

    asyncio.run(prepare())
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "SERVQ_DATABASE": sqlite_database,
        "SERVQ_SECRET": SECRET,
        "SERVQ_SMTP": f"smtp://127.0.0.1:{sink.port}",
        "SERVQ_MAIL_FROM": "feedback@example.org",
    }
    for option, arrives in (("--no-worker", False), ("--worker", True)):
        program = f"from servq.cli import main; main(['serve', '--port', '{free_port()}', '{option}'])"
        with subprocess.Popen(
            [sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True
        ) as server:
            assert server.stderr is not None
            assert "servq answers at" in server.stderr.readline()
            give_up_at = monotonic() + (20 if arrives else 3)
            while not sink.received and monotonic() < give_up_at:
                sleep(0.05)
            server.terminate()
            assert server.stderr.read() == ""
        assert bool(sink.received) is arrives
