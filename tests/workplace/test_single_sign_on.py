"""Signing in at a real OpenID Connect provider: oidc-provider from npm, driven as a browser would."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import queries
from servq.web.manage.people.entering import START
from workplace.installation import Visitor, Workplace, serving

NODE = Path(__file__).parent / "node"
CLIENT_SECRET = "a secret of the client: with signs & %"


@dataclass(frozen=True)
class Elsewhere:
    """A provider that is ready to be asked."""

    issuer: str
    workplace: Workplace


@pytest.fixture(scope="session")
def oidc_provider() -> Path:
    """The folder in which the real oidc-provider is installed, once for all runs."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("node and npm are not installed; CI has them")
    folder = Path(__file__).parents[2] / ".cache" / "oidc-provider"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (NODE / "package.json").read_text(encoding="utf-8")
    if not (folder / "package.json").exists() or (folder / "package.json").read_text(encoding="utf-8") != wanted:
        draft = folder.with_name(f"oidc-provider-{os.getpid()}")
        draft.mkdir()
        (draft / "package.json").write_text(wanted, encoding="utf-8")
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=draft, check=True)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="module", params=["", "researcher"], ids=["nobody unasked", "a role for newcomers"])
def elsewhere(
    request: pytest.FixtureRequest,
    oidc_provider: Path,
    seeded_sqlite: tuple[Path, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Elsewhere]:
    path = tmp_path_factory.mktemp("oidc") / "servq.db"
    shutil.copy(seeded_sqlite[0], path)
    issuer = f"http://127.0.0.1:{free_port()}"
    settings = {
        "oidc_issuer": issuer,
        "oidc_client": "servq",
        "oidc_secret": CLIENT_SECRET,
        "oidc_role": request.param,
    }
    with serving(f"sqlite:///{path}", seeded_sqlite[1], **settings) as workplace:
        script = oidc_provider / "provider.mjs"
        shutil.copy(NODE / "provider.mjs", script)
        command = ["node", str(script), issuer.rpartition(":")[2], f"{workplace.address}/sign-in/oidc/return"]
        with subprocess.Popen(command, cwd=oidc_provider, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == b"ready"
            try:
                yield Elsewhere(issuer, workplace)
            finally:
                process.terminate()


def through_the_provider(address: str, who: str) -> str:
    """Sign in at the provider as a browser would and return the address to which it leads back."""
    with httpx.Client(timeout=60) as browser:
        answer = browser.get(address)
        for _ in range(10):
            if answer.status_code in {302, 303}:
                address = answer.headers["location"]
                if "/sign-in/oidc/return" in address:
                    return address
                answer = browser.get(httpx.URL(str(answer.url)).join(address))
                continue
            action = re.search(r'action="([^"]+)"', answer.text)
            assert action is not None, answer.text
            prompt = re.search(r'name="prompt" value="([a-z]+)"', answer.text)
            assert prompt is not None, answer.text
            form = {"prompt": prompt[1], "login": who, "password": "any"}
            answer = browser.post(httpx.URL(str(answer.url)).join(action[1]), data=form)
    pytest.fail("the provider never led back")


def begin(visitor: Visitor, wanted: str = "/manage/account") -> str:
    answer = visitor.get("/sign-in/oidc", params={"next": wanted})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def local(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def test_somebody_with_an_account_is_led_away_and_comes_back_signed_in(elsewhere: Elsewhere) -> None:
    visitor = elsewhere.workplace.browser()
    assert "Sign in at 127.0.0.1" in visitor.get("/sign-in").text
    away = begin(visitor)
    asked = parse_qs(urlsplit(away).query)
    assert away.startswith(elsewhere.issuer)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    back = visitor.get(local(through_the_provider(away, "researcher")))
    assert back.headers["location"] == "/manage/account"
    assert "Rita Research" in visitor.get("/manage/account").text
    shown = elsewhere.workplace.visitor("admin").get("/manage/audit", params={"text": "researcher@example.org"}).text
    assert "single sign-on" in shown


def test_an_answer_works_once_and_only_where_it_was_asked_for(elsewhere: Elsewhere) -> None:
    visitor, other = elsewhere.workplace.browser(), elsewhere.workplace.browser()
    answer = local(through_the_provider(begin(visitor), "researcher"))
    begin(other)
    for stranger in (other, elsewhere.workplace.browser()):
        assert stranger.get(answer).headers["location"] == "/sign-in"
        assert stranger.get("/manage/account").status_code == 303
    assert visitor.get(answer).headers["location"] == "/manage/account"
    assert visitor.get(answer).headers["location"] == "/sign-in"
    for forged in ("state=x&code=y", "error=access_denied", ""):
        begin(other)
        assert other.get(f"/sign-in/oidc/return?{forged}").headers["location"] == "/sign-in"
    assert "did not sign you in" in other.get("/sign-in").text


def test_an_address_that_the_provider_has_not_verified_opens_nothing(elsewhere: Elsewhere) -> None:
    visitor = elsewhere.workplace.browser()
    assert visitor.get(local(through_the_provider(begin(visitor), "unverified"))).headers["location"] == "/sign-in"
    assert visitor.get("/manage/account").status_code == 303


def test_a_newcomer_gets_an_account_only_where_the_operator_says_which(
    elsewhere: Elsewhere, request: pytest.FixtureRequest
) -> None:
    is_let_in = "newcomers" in request.node.name
    visitor = elsewhere.workplace.browser()
    back = visitor.get(local(through_the_provider(begin(visitor, "//evil.example"), "newcomer")))
    assert back.headers["location"] == (START if is_let_in else "/sign-in")

    async def role(session: AsyncSession) -> str | None:
        account = await queries.find_account(session, "newcomer@example.org")
        return None if account is None else account.role.value

    assert elsewhere.workplace.run(role) == ("researcher" if is_let_in else None)


def test_without_a_provider_there_is_no_such_sign_in(workplace: Workplace) -> None:
    visitor = workplace.browser()
    assert "/sign-in/oidc" not in visitor.get("/sign-in").text
    assert visitor.get("/sign-in/oidc").headers["location"] == "/sign-in"
