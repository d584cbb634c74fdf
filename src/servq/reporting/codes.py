"""QR codes (ISO/IEC 18004) as SVG: dark on light with the quiet zone around, whatever page they stand on."""

from __future__ import annotations

from io import BytesIO

QUIET_ZONE = 4
"""Modules of empty border that ISO/IEC 18004 asks for."""


def qr_svg(text: str, *, title: str = "") -> str:
    """Return the QR code of a text as an SVG image that scales to any size.

    It can still be read when 15 % of it is worn or covered (error correction level M); a smaller code takes a higher
    level where that costs no room.

    Parameters
    ----------
    text
        What a phone reads, such as an address.
    title
        What the image is, for those who do not see it.
    """
    import segno

    out = BytesIO()
    segno.make(text, error="m", micro=False, boost_error=True).save(
        out,
        kind="svg",
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        xmldecl=False,
        omitsize=True,
        nl=False,
        svgclass=None,
        lineclass=None,
        title=title or None,
    )
    return out.getvalue().decode()
