"""Style and script of the respondent pages: named by their content, compressed once, cached by browsers for good."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
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


def load_asset(name: str, media_type: str) -> Asset:
    """Read a shipped file and put a digest of its content into its name."""
    content = files("servq.web").joinpath("static", name).read_bytes()
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
ASSETS = {
    asset.name: asset
    for asset in (
        STYLESHEET,
        POINTS_SCRIPT,
        ENTRY_SCRIPT,
        FIELDWORK_STYLESHEET,
        KIOSK_STYLESHEET,
        KIOSK_SCRIPT,
    )
}
