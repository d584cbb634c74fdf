"""Writing a file whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from servq.errors import Problem, RequestInvalid


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` so that `path` appears, or changes, only when it is complete.

    Raises
    ------
    RequestInvalid
        The folder does not exist or cannot be written to.
    """
    _appear(path, lambda draft: draft.write_bytes(content))


def move_whole(made: Path, path: Path) -> None:
    """Move a finished file to `path`, across file systems too; raises what `write_whole` raises."""
    _appear(path, lambda draft: shutil.copyfile(made, draft))
    made.unlink()


def _appear(path: Path, write: Callable[[Path], object]) -> None:
    if path.exists() and not (path.is_file() and not path.is_symlink()):
        raise RequestInvalid(Problem("This is not an ordinary file.", "Name a file of your own.", file=str(path)))
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        draft.touch(exist_ok=False)
        write(draft)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = f"The file cannot be written ({error.strerror})."
        raise RequestInvalid(Problem(reason, "Name a folder that exists and is yours.", file=str(path))) from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
