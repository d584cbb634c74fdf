"""Signing in at an OpenID Connect provider: the authorization code flow with PKCE, state and nonce.

authlib builds the request and checks what the provider says; only the provider that the operator named is asked, and
an account is found by an e-mail address that the provider has verified.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from servq.errors import EnvironmentIncomplete, Unauthenticated
from servq.settings import OIDC_CLIENT_VARIABLE, OIDC_ISSUER_VARIABLE, OIDC_SECRET_VARIABLE, Settings

RETURN_PATH = "/sign-in/oidc/return"
SCOPE = "openid email profile"
TIMEOUT_S = 10.0
LARGEST_ANSWER = 1_000_000

_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signed by the provider's key pair; never by a secret, never unsigned."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LEEWAY_S = 60


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a visitor is led, and what has to fit when they come back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in at the provider; the address is verified."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Provider:
    """What the provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""


class SingleSignOn:
    """Talks to the provider of one installation; what it says of itself is asked for once."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._client, self._secret = settings.oidc_client, settings.oidc_secret
        self._return_to = settings.address.rstrip("/") + RETURN_PATH
        self._provider: Provider | None = None

    async def begin(self) -> Beginning:
        """Return where to lead a visitor; raises `EnvironmentIncomplete` if the provider cannot be asked."""
        from authlib.common.security import generate_token
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        provider = await self._known()
        state, nonce, verifier = generate_token(40), generate_token(40), generate_token(64)
        url = prepare_grant_uri(
            provider.authorization_endpoint,
            self._client,
            "code",
            redirect_uri=self._return_to,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Beginning(url, state, nonce, verifier)

    async def finish(self, code: str, *, nonce: str, verifier: str, now: datetime) -> Identity:
        """Return who came back with a code; raises `Unauthenticated` unless everything fits."""
        provider = await self._known()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return_to,
            "code_verifier": verifier,
        }
        answer = await _ask(provider.token_endpoint, form=form, client=self._client, secret=self._secret)
        keys = await _ask(provider.jwks_uri)
        claims = _checked(answer, keys, issuer=provider.issuer, client=self._client, nonce=nonce, now=now)
        if "email" not in claims and provider.userinfo_endpoint:
            # What a scope asks for need not stand in the ID token (OpenID Connect Core 1.0, 5.4).
            told = await _ask(provider.userinfo_endpoint, bearer=str(answer.get("access_token", "")))
            if told.get("sub") != claims.get("sub"):
                raise _refused()
            claims = {**told, **claims}
        return _identity(claims)

    async def _known(self) -> Provider:
        if self._provider is None:
            self._provider = await self._discovered()
        return self._provider

    async def _discovered(self) -> Provider:
        if not self._client or not self._secret:
            missing = OIDC_CLIENT_VARIABLE if not self._client else OIDC_SECRET_VARIABLE
            raise EnvironmentIncomplete(f"Nobody can sign in at {self._issuer}: set {missing}.")
        told = await _ask(f"{self._issuer}/.well-known/openid-configuration")
        names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        found = {name: told.get(name) for name in (*names, "userinfo_endpoint")}
        texts = {name: value for name, value in found.items() if isinstance(value, str) and _is_safe(value)}
        if not set(names) <= texts.keys() or texts["issuer"].rstrip("/") != self._issuer:
            raise EnvironmentIncomplete(f"{OIDC_ISSUER_VARIABLE} names no OpenID Connect provider that can be used.")
        return Provider(**texts)


def _checked(
    answer: Mapping[str, Any], keys: Mapping[str, Any], *, issuer: str, client: str, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """Return the claims of an ID token: signed by the provider, for us, for this visit, and now."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    token = answer.get("id_token")
    if not isinstance(token, str):
        raise _refused()
    try:
        read = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=_ALGORITHMS)  # type: ignore[arg-type]  # JSON of the provider
        claims = CodeIDToken(
            read.claims,
            read.header,
            options={"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client}},
            params={"nonce": nonce, "client_id": client, "access_token": answer.get("access_token")},
        )
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_S)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _refused() from error
    return dict(claims)


def _identity(claims: Mapping[str, Any]) -> Identity:
    email, name = claims.get("email"), claims.get("name")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise Unauthenticated("The provider has not verified your e-mail address.")
    return Identity(email.strip().lower(), name.strip() if isinstance(name, str) else "")


async def _ask(
    url: str, *, form: Mapping[str, str] | None = None, client: str = "", secret: str = "", bearer: str = ""
) -> Mapping[str, Any]:
    """Return the JSON object at an address of the provider; raises `Unauthenticated` or `EnvironmentIncomplete`."""
    from base64 import b64encode

    import httpcore

    headers = {"Accept": "application/json", "User-Agent": "servq"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    content = None
    if form is not None:
        content = urlencode(form).encode()
        pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"
        headers |= {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "Basic " + b64encode(pair.encode()).decode(),
        }
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S)
    try:
        async with (
            httpcore.AsyncConnectionPool() as pool,
            pool.stream(
                "GET" if form is None else "POST",
                url,
                headers=[(name.encode(), value.encode()) for name, value in headers.items()],
                content=content,
                extensions={"timeout": timeouts},
            ) as response,
        ):
            body = b""
            async for part in response.aiter_stream():
                body += part
                if len(body) > LARGEST_ANSWER:
                    raise _refused()
            status = response.status
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        raise EnvironmentIncomplete("The provider of the sign-in cannot be reached. Try again later.") from error
    try:
        told = json.loads(body)
    except ValueError as error:
        raise _refused() from error
    if status != 200 or not isinstance(told, dict):
        raise _refused()
    return told


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _refused() -> Unauthenticated:
    return Unauthenticated("The sign-in at the provider did not succeed. Begin again.")
