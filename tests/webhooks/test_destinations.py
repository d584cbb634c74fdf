"""Where webhooks may go."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from servq.errors import RequestInvalid
from servq.webhooks.destinations import is_allowed, is_public, read_networks, url_problems
from servq.webhooks.signing import secret_bytes, secret_text, signature_headers

PRIVATE = """
    127.0.0.1 127.255.0.9 10.0.0.1 172.16.5.4 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255
    224.0.0.1 192.0.2.1 198.18.0.1 240.0.0.1 ::1 :: fe80::1 fc00::1 fd12:3456::1 ff02::1 2001:db8::1
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1::
    ::7f00:1 ::10.0.0.1 2001::1
""".split()  # noqa: SIM905 (a table)
PUBLIC = ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_notation_of_a_private_address_is_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_an_operator_may_name_networks() -> None:
    networks = read_networks("10.1.0.0/16, fd00::/8")
    assert networks == (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert is_allowed(ip_address("10.1.2.3"), networks)
    assert is_allowed(ip_address("::ffff:10.1.2.3"), networks)
    assert not is_allowed(ip_address("10.2.0.1"), networks)
    assert read_networks("") == ()


def test_every_network_that_is_none_is_named() -> None:
    with pytest.raises(RequestInvalid) as refused:
        read_networks("10.0.0.1/8, home, 1.2.3.4/40")
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/hook",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://example.org/hook",
        "https://user:word@example.org/",
        "https://example.org/#part",
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::1",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://exa mple.org/",
        "https://example.org/\r\nHost: elsewhere",
        "https://exämple.org/",
        f"https://example.org/{'x' * 2000}",
    ],
)
def test_an_address_that_cannot_or_must_not_be_told_is_refused_with_a_way_out(url: str) -> None:
    problems = url_problems(url, ())
    assert problems
    assert all(problem.fix and problem.column == "url" for problem in problems)


def test_an_encrypted_public_address_is_taken_and_an_unencrypted_one_only_where_networks_are_named() -> None:
    assert url_problems("https://hooks.example.org:8443/servq?tenant=7", ()) == []
    home = read_networks("10.0.0.0/8")
    assert url_problems("http://10.1.2.3/hook", home) == []
    assert url_problems("http://192.168.0.1/hook", home) != []


def test_the_signature_is_the_one_that_the_specification_prints_for_its_example() -> None:
    secret = secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signature_headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["Webhook-Signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert secret_text(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
