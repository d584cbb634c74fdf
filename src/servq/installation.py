"""What belongs to one installation beside its settings: its secret, given or made once."""

from __future__ import annotations

import os
from pathlib import Path

from servq.db import database_url
from servq.errors import EnvironmentIncomplete
from servq.security_tokens import SHORTEST_SECRET, SecurityTokens, new_secret
from servq.settings import SECRET_VARIABLE, Settings


def installation_tokens(settings: Settings) -> SecurityTokens:
    """Return what signs and seals for this installation.

    Without a secret in the settings a file beside the SQLite database holds one; it is made the first time.

    Raises
    ------
    EnvironmentIncomplete
        The secret is too short, or there is none and no file to keep it in.
    """
    secret = settings.secret or _kept_secret(settings.database)
    if len(secret) < SHORTEST_SECRET:
        raise EnvironmentIncomplete(
            f"{SECRET_VARIABLE} has {len(secret)} characters. Give at least {SHORTEST_SECRET}, e.g. what "
            '`python3 -c "import secrets; print(secrets.token_urlsafe(48))"` prints.'
        )
    return SecurityTokens(secret.encode())


def _kept_secret(database: str) -> str:
    url = database_url(database)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise EnvironmentIncomplete(
            f"This installation has no secret. Set {SECRET_VARIABLE}, the same for every process, to what "
            '`python3 -c "import secrets; print(secrets.token_urlsafe(48))"` prints.'
        )
    path = Path(f"{url.database}.secret")
    try:
        if not path.exists():
            _keep(path, new_secret())
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentIncomplete(
            f"The secret in {path} cannot be used ({error}). Let servq read and write it, or set {SECRET_VARIABLE}."
        ) from error


def _keep(path: Path, secret: str) -> None:
    """Write a file that only its owner reads; another process may be doing the same, and the first one wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(f"{secret}\n", encoding="ascii")
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
