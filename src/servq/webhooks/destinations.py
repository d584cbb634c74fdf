"""Where webhooks may go: to public addresses, and to private networks that the operator names; pure.

Whoever may register a webhook could otherwise make this server talk to whatever only this server can reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from servq.errors import Problem, RequestInvalid
from servq.settings import WEBHOOK_NETWORKS_VARIABLE

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

LONGEST_URL = 2000

_NAT64 = IPv6Network("64:ff9b::/96")


def read_networks(text: str) -> tuple[Network, ...]:
    """Read networks separated by commas or spaces; raises `RequestInvalid` naming every one that is none."""
    networks, problems = [], []
    for part in text.replace(",", " ").split():
        try:
            networks.append(ip_network(part))
        except ValueError:
            problems.append(
                Problem(
                    f'{WEBHOOK_NETWORKS_VARIABLE}: "{part}" is not a network.',
                    "Write networks such as 10.0.0.0/8, separated by commas.",
                )
            )
    if problems:
        raise RequestInvalid(problems)
    return tuple(networks)


def is_allowed(address: Address, networks: Sequence[Network]) -> bool:
    """Whether an operator named the address as one that may be reached although it is not public."""
    return any(each in network for network in networks for each in (address, _inner(address)))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also when it stands inside another notation."""
    inner = _inner(address)
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def url_problems(url: str, networks: Sequence[Network]) -> list[Problem]:
    """Say what is wrong with the address of a webhook before anything is asked of it."""
    fix = "Give an address such as https://example.org/servq."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if len(url) > LONGEST_URL or not url.isprintable() or not url.isascii() or " " in url or not host or port == 0:
        return [Problem("This is no address on the web.", fix, column="url")]
    problems = []
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not networks):
        problems.append(Problem("What is sent needs an encrypted connection.", fix, column="url"))
    if parts.username is not None or parts.password is not None or parts.fragment:
        problems.append(Problem("The address has a password or a fragment in it.", "Leave it out.", column="url"))
    literal = _literal(host)
    if literal is not None and not is_public(literal) and not is_allowed(literal, networks):
        problems.append(not_public(host))
    return problems


def not_public(host: str) -> Problem:
    """Say that a host is not reached, and who can change that."""
    return Problem(
        f"{host} is not on the public internet.",
        f"Name its network in {WEBHOOK_NETWORKS_VARIABLE} if servq shall reach it.",
        column="url",
    )


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address only wraps, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        return address.sixtofour
    return address
