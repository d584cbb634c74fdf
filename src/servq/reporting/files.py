"""Writing a file whole or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path

from servq.errors import Problem, RequestInvalid


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` so that `path` appears, or changes, only when it is complete.

    Raises
    ------
    RequestInvalid
        The folder does not exist or cannot be written to.
    """
    if path.exists() and not (path.is_file() and not path.is_symlink()):
        raise RequestInvalid(Problem("This is not an ordinary file.", "Name a file of your own.", file=str(path)))
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as file:
            file.write(content)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = f"The file cannot be written ({error.strerror})."
        raise RequestInvalid(Problem(reason, "Name a folder that exists and is yours.", file=str(path))) from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
