"""The script of the widget: hand-written, served as it stands, compressed once."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

import brotli

MEDIA_TYPE = "text/javascript; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Script:
    """A script in every encoding that a browser may ask for; `tag` changes with its content."""

    plain: bytes
    gzip: bytes
    brotli: bytes
    tag: str

    def choose(self, accepted: str) -> tuple[bytes, str]:
        """Return the smallest encoding that is accepted, and its name ("" for none)."""
        if "br" in accepted:
            return self.brotli, "br"
        if "gzip" in accepted:
            return self.gzip, "gzip"
        return self.plain, ""


def load_script(package: str, name: str) -> Script:
    """Read a shipped script."""
    content = files(package).joinpath(name).read_bytes()
    return Script(
        plain=content,
        gzip=gzip.compress(content, 9, mtime=0),
        brotli=brotli.compress(content),
        tag=f'"{sha256(content).hexdigest()[:16]}"',
    )


WIDGET_SCRIPT = load_script("servq.web.widget", "widget.js")
