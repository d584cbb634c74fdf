"""One signed message to one address: the connection, checked against where webhooks may go."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from typing import Any

import httpcore

from servq.webhooks.destinations import Address, Network, is_allowed, is_public, not_public

TIMEOUT_S = 10.0
"""Seconds a receiver may take in all; it should store the message and answer, and work on it afterwards."""


class NotReached(Exception):  # noqa: N818 (an outcome of sending, told to the operator in words)
    """The message did not get there; the text says why."""


async def post(url: str, headers: Mapping[str, str], body: bytes, *, networks: Sequence[Network]) -> int:
    """Send a message and return the status of the answer; redirects are not followed.

    Raises `NotReached`.
    """
    encrypted = url.lower().startswith("https:")
    network = _CheckedNetwork(networks, encrypted=encrypted)
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            httpcore.AsyncConnectionPool(ssl_context=_ssl_context(), network_backend=network) as pool,
            pool.stream("POST", url, headers=list(_headers(url, headers, body)), content=body) as answer,
        ):
            return answer.status
    except TimeoutError as error:
        raise NotReached(f"There was no answer within {TIMEOUT_S:.0f} seconds.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        raise NotReached(f"The connection failed: {error or type(error).__name__}.") from error


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that are allowed, and to the very address that was checked."""

    def __init__(self, networks: Sequence[Network], *, encrypted: bool) -> None:
        self._networks = networks
        self._encrypted = encrypted
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature is httpcore's)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that may be reached."""
        addresses = [address for address in await _addresses(host, port) if self._may_reach(address)]
        if not addresses:
            raise NotReached(str(not_public(host)))
        return await self._backend.connect_tcp(
            str(addresses[0]), port, timeout=timeout, local_address=local_address, socket_options=socket_options
        )

    def _may_reach(self, address: Address) -> bool:
        return is_allowed(address, self._networks) or (self._encrypted and is_public(address))


async def _addresses(host: str, port: int) -> list[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{host} has no address ({error}).") from error
    return [ip_address(str(place[0]).partition("%")[0]) for *_, place in found]


def _headers(url: str, headers: Mapping[str, str], body: bytes) -> Iterable[tuple[bytes, bytes]]:
    host = httpcore.URL(url)
    port = b"" if host.port is None else b":%d" % host.port
    given = {"Content-Type": "application/json", "User-Agent": "servq", "Content-Length": str(len(body)), **headers}
    yield b"Host", host.host + port
    for name, value in given.items():
        yield name.encode("ascii"), value.encode("ascii")


@cache
def _ssl_context() -> ssl.SSLContext:
    return ssl.create_default_context()
