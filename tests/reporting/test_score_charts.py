"""Zones, maps and path diagrams: what is drawn where, read back from the image."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from servq.reporting import charts
from servq.reporting.charts import Band, BandKey, Link, MapAxis, Mark, Node, Place, Quarters, Tick

SVG = "{http://www.w3.org/2000/svg}"
KEY = BandKey(zone="zone", perceived="dot", value="value")


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def words(svg: str) -> list[str]:
    return [element.text or "" for element in parsed(svg).iter(f"{SVG}text")]


def band(minimum: float, desired: float, perceived: float, **more: object) -> Band:
    marks = [Mark(value=value, ci_low=value - 0.2, ci_high=value + 0.2) for value in (minimum, desired, perceived)]
    return Band(label="Reliability", minimum=marks[0], desired=marks[1], perceived=marks[2], **more)  # type: ignore[arg-type]  # words


def test_a_band_runs_from_the_minimum_to_the_desired_level() -> None:
    root = parsed(charts.zone_chart([band(3, 7, 5, value="5.00")], [Tick(1, "1"), Tick(9, "9")], KEY, ends=(1, 9)))
    ticks = {element.text: float(element.get("x", "0")) for element in root.iter(f"{SVG}text") if element.text in "19"}
    across = (ticks["9"] - ticks["1"]) / 8
    _, drawn = root.iter(f"{SVG}rect")  # the key comes first
    assert float(drawn.get("x", "0")) == pytest.approx(ticks["1"] + 2 * across, abs=0.02)
    assert float(drawn.get("width", "0")) == pytest.approx(4 * across, abs=0.02)
    dot = list(root.iter(f"{SVG}circle"))[-1]
    assert float(dot.get("cx", "0")) == pytest.approx(ticks["1"] + 4 * across, abs=0.02)


def test_a_row_without_a_zone_says_so() -> None:
    empty = Band(label="Empathy", minimum=None, desired=None, perceived=None, absent="not available")
    assert "not available" in words(charts.zone_chart([empty], [Tick(1, "1")], KEY, ends=(1, 9)))


def axis(title: str) -> MapAxis:
    return MapAxis(title=title, low=0, high=1, ticks=[Tick(0, "0"), Tick(1, "1")], divide=0.5)


QUARTERS = Quarters(top_left="a", top_right="b", bottom_left="c", bottom_right="d")


def test_labels_on_a_map_do_not_cover_each_other() -> None:
    places = [Place(label=f"Place {i}", x=0.5 + 0.01 * (i % 3), y=0.5 + 0.01 * (i // 3)) for i in range(9)]
    root = parsed(charts.map_chart(places, axis("x"), axis("y"), QUARTERS))
    boxes = [
        (float(element.get("x", "0")), float(element.get("y", "0")))
        for element in root.iter(f"{SVG}text")
        if (element.text or "").startswith("Place")
    ]
    assert len(boxes) == 9
    for i, (x, y) in enumerate(boxes):
        assert all(abs(x - other_x) > 30 or abs(y - other_y) > 9 for other_x, other_y in boxes[:i])


def test_an_undecided_place_is_an_open_dot() -> None:
    root = parsed(charts.map_chart([Place(label="A", x=0.2, y=0.9, tone="open")], axis("x"), axis("y"), QUARTERS))
    (dot,) = root.iter(f"{SVG}circle")
    assert dot.get("fill") == "#ffffff"


def nodes(*ids: str, target: str) -> list[Node]:
    return [Node(id=one, name=one, value="70", detail="", is_target=one == target) for one in ids]


def link(source: str, target: str, *, is_clear: bool = True) -> Link:
    return Link(source=source, target=target, label=f"{source}{target}", is_clear=is_clear, strength=0.4)


def test_what_leads_to_the_target_stands_left_of_it_and_what_follows_right() -> None:
    order = [link("a", "b"), link("b", "t"), link("t", "z")]
    root = parsed(charts.path_diagram(nodes("z", "t", "b", "a", target="t"), order))
    x = {
        element.text: float(element.get("x", "0")) for element in root.iter(f"{SVG}text") if element.text in set("abtz")
    }
    assert x["a"] <= x["b"] < x["t"] < x["z"]


def test_an_arrow_that_cannot_be_told_from_none_is_dashed() -> None:
    svg = charts.path_diagram(nodes("a", "t", target="t"), [link("a", "t", is_clear=False)])
    assert "stroke-dasharray" in svg
    assert "stroke-dasharray" not in charts.path_diagram(nodes("a", "t", target="t"), [link("a", "t")])


def test_an_arrow_over_other_boxes_goes_round_them() -> None:
    """From the first column to the last, past the middle of three boxes in one row."""
    linked = [link("a", "t"), link("t", "z"), link("a", "z")]
    svg = charts.path_diagram(nodes("a", "t", "z", target="t"), linked)
    routes = re.findall(r"M([\d.]+) ([\d.]+) Q([\d.-]+) ([\d.-]+) ([\d.]+) ([\d.]+)", svg)
    heights = [(float(start), float(bend), float(end)) for _, start, _, bend, _, end in routes]
    bowed = [one for one in heights if one[1] < min(one[0], one[2]) - 20]
    assert len(bowed) == 1


def test_six_classes_fill_one_bar() -> None:
    root = parsed(charts.category_strip([10, 0, 5, 5, 0, 0]))
    widths = [float(element.get("width", "0")) for element in root.iter(f"{SVG}rect")]
    assert sum(widths) == pytest.approx(120)
    assert widths[0] == pytest.approx(60)
