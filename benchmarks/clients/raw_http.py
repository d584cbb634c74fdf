"""A load generator light enough not to disturb what it measures: keep-alive connections over raw sockets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (lower case) and body as sent, still compressed."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One browser's connection; counts its requests and the time that each took."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.seconds: list[float] = []

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def get(self, path: str) -> Answer:
        return await self._send(
            f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: br, gzip\r\n\r\n".encode()
        )

    async def post(self, path: str, form: str) -> Answer:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept-Encoding: br, gzip\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
        )
        return await self._send((head + form).encode())

    async def _send(self, request: bytes) -> Answer:
        started = perf_counter()
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        self.seconds.append(perf_counter() - started)
        return Answer(int(head[0].split()[1]), headers, body)
