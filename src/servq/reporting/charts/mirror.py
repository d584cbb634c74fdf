"""Turns finished drawings round for readers from right to left; no chart function knows that it happens.

Everything changes sides, the axes too: the lowest value is where reading begins. Words stay as they are; what stood
at the left of a place now stands at its right.
"""

from __future__ import annotations

import re
from base64 import b64decode
from xml.etree import ElementTree as ET

from servq.reporting.charts.svg import SVG_NAMESPACE, data_uri

_ADDRESS = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")
_OWN = b'<svg class="chart"'
_ANCHORS = {"start": "end", "end": "start", "middle": "middle"}
_POINT = re.compile(r"(-?[\d.]+)([ ,])(-?[\d.]+)")
_TURNED = re.compile(r"translate\((\S+) (\S+)\) rotate\(-90\)")
ASCENT = 0.75
"""Height of the letters as a share of their size: text that runs upwards lies at the left of its baseline."""


def mirror_images(page: str) -> str:
    """Turn round every drawing of a page that one of our chart functions made; other images stay as they are."""
    return _ADDRESS.sub(_mirrored_address, page)


def mirrored(svg: str) -> str:
    """Turn a drawing round."""
    ET.register_namespace("", SVG_NAMESPACE)
    root = ET.fromstring(svg)  # noqa: S314 - drawn by this program
    width = float(root.attrib["width"])
    for element in root.iter():
        _turn(element, width)
    return ET.tostring(root, encoding="unicode")


def _mirrored_address(found: re.Match[str]) -> str:
    svg = b64decode(found[1])
    return data_uri(mirrored(svg.decode())) if svg.startswith(_OWN) else found[0]


def _turn(element: ET.Element, width: float) -> None:
    given = element.attrib
    match element.tag.rpartition("}")[2]:
        case "text" if "transform" in given:
            given["transform"] = _TURNED.sub(
                lambda at: (
                    f"translate({_n(width - float(at[1]) + ASCENT * float(given['font-size']))} {at[2]}) rotate(-90)"
                ),
                given["transform"],
            )
        case "text":
            given["x"] = _n(width - float(given["x"]))
            given["text-anchor"] = _ANCHORS[given.get("text-anchor", "start")]
        case "line":
            given["x1"], given["x2"] = _n(width - float(given["x1"])), _n(width - float(given["x2"]))
        case "rect":
            given["x"] = _n(width - float(given["x"]) - float(given["width"]))
        case "circle":
            given["cx"] = _n(width - float(given["cx"]))
        case "polygon" | "polyline":
            given["points"] = _points(given["points"], width)
        case "path":
            given["d"] = _points(given["d"], width)


def _points(written: str, width: float) -> str:
    return _POINT.sub(lambda point: f"{_n(width - float(point[1]))}{point[2]}{point[3]}", written)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
