"""QR codes as the workplace shows them."""

from __future__ import annotations

from servq.reporting.codes import qr_svg
from servq.web.manage.figures import svg_source


def code_of(url: str, title: str) -> str:
    """Return the QR code of an address as the source of an image."""
    return svg_source(qr_svg(url, title=title))
