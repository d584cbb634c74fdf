"""Where servq keeps its instruments, report templates and migrations.

In a checkout, and so in an editable install, they are folders beside ``src``; a wheel carries them inside the
package. Callers ask here and never build such a path themselves.
"""

from __future__ import annotations

from pathlib import Path

from servq.errors import EnvironmentIncomplete

_PACKAGE = Path(__file__).resolve().parent


def instruments_folder() -> Path:
    """Return the folder with one sub-folder per shipped instrument."""
    return _data_folder("instruments")


def reports_folder() -> Path:
    """Return the folder with one sub-folder of templates per kind of report."""
    return _data_folder("reports")


def migrations_folder() -> Path:
    """Return the folder with the Alembic environment and its versions."""
    return _data_folder("migrations")


def _data_folder(name: str) -> Path:
    inside_wheel = _PACKAGE / "_data" / name
    beside_src = _PACKAGE.parents[1] / name
    # Only a checkout has src/, so a folder that happens to lie near site-packages is never taken for ours.
    in_checkout = _PACKAGE.parent.name == "src"
    folder = beside_src if in_checkout else inside_wheel
    if not folder.is_dir():
        raise EnvironmentIncomplete(
            f"servq's folder {name}/ is missing: expected {folder}. "
            + ("Restore it from version control." if in_checkout else "Install servq again from a complete wheel.")
        )
    return folder
