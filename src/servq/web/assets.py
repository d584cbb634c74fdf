"""Styles and scripts of the pages: named by their content, compressed once, cached by browsers for good."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePath

import brotli

FOLDER = "/static"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in every encoding that a browser may ask for."""

    name: str
    media_type: str
    plain: bytes
    gzip: bytes
    brotli: bytes

    @property
    def path(self) -> str:
        """Its address."""
        return f"{FOLDER}/{self.name}"


def load_asset(name: str, media_type: str, file: Traversable | None = None) -> Asset:
    """Read a shipped file, or that of another package, and put a digest of its content into its name."""
    content = (file or files("servq.web").joinpath("static", name)).read_bytes()
    path = PurePath(name)
    digest = sha256(content).hexdigest()[:12]
    return Asset(
        name=f"{path.stem}.{digest}{path.suffix}",
        media_type=media_type,
        plain=content,
        gzip=gzip.compress(content, 9, mtime=0),
        brotli=brotli.compress(content),
    )


STYLESHEET = load_asset("respondent.css", "text/css; charset=utf-8")
POINTS_SCRIPT = load_asset("points.js", "text/javascript; charset=utf-8")
ENTRY_SCRIPT = load_asset("entry.js", "text/javascript; charset=utf-8")
FIELDWORK_STYLESHEET = load_asset("fieldwork.css", "text/css; charset=utf-8")
KIOSK_STYLESHEET = load_asset("kiosk.css", "text/css; charset=utf-8")
KIOSK_SCRIPT = load_asset("kiosk.js", "text/javascript; charset=utf-8")
_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_HTMX = files("js_lib_htmx").joinpath("static", "htmx", "htmx.min.js")
"""Carried by a package whose other parts are not used."""


def _is_of_workplace(name: str) -> bool:
    return name.startswith(("workplace.", "manage-")) and PurePath(name).suffix in _MEDIA_TYPES


WORKPLACE_ASSETS = {
    "htmx.js": load_asset("htmx.js", _MEDIA_TYPES[".js"], _HTMX),
    **{
        file.name: load_asset(file.name, _MEDIA_TYPES[PurePath(file.name).suffix])
        for file in sorted(files("servq.web").joinpath("static").iterdir(), key=lambda file: file.name)
        if _is_of_workplace(file.name)
    },
}
"""Styles and scripts of the workplace: its own, and one for each area that has some."""


def asset_path(name: str) -> str:
    """Return the address of a style or script of the workplace; raises `KeyError` for a mistyped name."""
    return WORKPLACE_ASSETS[name].path


ASSETS = {
    asset.name: asset
    for asset in (
        *WORKPLACE_ASSETS.values(),
        STYLESHEET,
        POINTS_SCRIPT,
        ENTRY_SCRIPT,
        FIELDWORK_STYLESHEET,
        KIOSK_STYLESHEET,
        KIOSK_SCRIPT,
    )
}
