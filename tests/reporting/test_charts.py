"""Charts: well-formed, to scale, and unable to be broken by labels."""

from __future__ import annotations

from base64 import b64decode
from xml.etree import ElementTree as ET

import pytest

from servq.reporting import charts
from servq.reporting.charts import Column, ColumnGroup, Mark, Panel, Row, Tick
from servq.reporting.charts.scale import LinearScale

SVG = "{http://www.w3.org/2000/svg}"


def panel(**changes: object) -> Panel:
    given = {"title": "Gap", "low": -1.0, "high": 1.0, "ticks": [Tick(0, "0")], "reference": 0.0, **changes}
    return Panel(**given)  # type: ignore[arg-type]  # the keys are those of Panel


def test_a_dot_stands_where_its_value_lies_on_the_scale() -> None:
    rows = [Row(label=str(v), cells=[[Mark(value=v, ci_low=v - 0.1, ci_high=v + 0.1)]]) for v in (-1.0, 0.0, 1.0)]
    image = ET.fromstring(charts.row_chart(rows, [panel()]))
    left, middle, right = (float(dot.attrib["cx"]) for dot in image.iter(f"{SVG}circle"))
    assert middle - left == pytest.approx(right - middle)


@pytest.mark.parametrize(("second", "heights"), [(0.8, 1), (0.05, 2)])
def test_marks_whose_intervals_overlap_stand_one_above_the_other(second: float, heights: int) -> None:
    marks = [Mark(value=v, ci_low=v - 0.1, ci_high=v + 0.1) for v in (0.0, second)]
    image = ET.fromstring(charts.row_chart([Row(label="a", cells=[marks])], [panel(form="dumbbell")]))
    assert len({dot.attrib["cy"] for dot in image.iter(f"{SVG}circle")}) == heights


def test_labels_with_markup_are_escaped() -> None:
    image = ET.fromstring(charts.row_chart([Row(label="<b>&", cells=[[Mark(value=0)]])], [panel()]))
    assert "<b>&" in [text.text for text in image.iter(f"{SVG}text")]


def test_a_long_label_is_wrapped_and_cut_with_an_ellipsis() -> None:
    label = "a very long name of a dimension that goes on and on and never seems to come to any end"
    image = ET.fromstring(charts.row_chart([Row(label=label, cells=[[]], absent="none")], [panel()]))
    texts = [text.text or "" for text in image.iter(f"{SVG}text")]
    assert any(text.endswith("…") for text in texts)
    assert "none" in texts


def test_a_row_without_marks_keeps_its_place() -> None:
    one = ET.fromstring(charts.row_chart([Row(label="a", cells=[[]])], [panel()]))
    two = ET.fromstring(charts.row_chart([Row(label="a", cells=[[]]), Row(label="b", cells=[[]])], [panel()]))
    assert float(two.attrib["height"]) > float(one.attrib["height"])


def test_values_outside_the_scale_end_at_its_edge() -> None:
    scale = LinearScale(0, 10, 100, 200)
    assert (scale(-5), scale(5), scale(50)) == (100, 150, 200)


@pytest.mark.parametrize(
    ("low", "high", "about", "expected"),
    [
        (1, 7, 7, (1, 2, 3, 4, 5, 6, 7)),
        (-1.25, 0.5, 5, (-1.0, -0.5, 0.0, 0.5)),
        (0, 100, 5, (0, 50, 100)),
        (3, 3, 5, (3,)),
    ],
)
def test_ticks_are_round_numbers_inside_the_range(low: float, high: float, about: int, expected: tuple[float]) -> None:
    assert charts.round_ticks(low, high, about=about) == pytest.approx(expected)


@pytest.mark.parametrize("values", [[-1.3, -0.2], [0.4, 2.0], [0.0], [], [-30.0, 12.0]])
def test_an_axis_of_differences_holds_zero_and_every_value(values: list[float]) -> None:
    low, high = charts.zero_centred(values)
    assert low < 0 < high
    assert all(low <= value <= high for value in values)


def test_columns_are_as_high_as_their_shares() -> None:
    columns = [Column(name=str(i), share=share, label="", tone="high") for i, share in enumerate((0.1, 0.2, 0.4))]
    image = ET.fromstring(charts.column_chart(columns, [], ends=("low", "high")))
    heights = [float(box.attrib["height"]) for box in image.iter(f"{SVG}rect")]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.02)
    assert heights[2] == pytest.approx(4 * heights[0], abs=0.02)


def test_a_bracket_spans_the_points_that_count_together() -> None:
    columns = [Column(name=str(i), share=0.25, label="", tone="middle") for i in range(4)]
    group = ColumnGroup(first=2, last=3, title="Best", label="", tone="high")
    image = ET.fromstring(charts.column_chart(columns, [group], ends=("", "")))
    boxes = [(float(b.attrib["x"]), float(b.attrib["width"])) for b in image.iter(f"{SVG}rect")]
    assert boxes[-1][0] == pytest.approx(boxes[2][0])
    assert boxes[-1][0] + boxes[-1][1] == pytest.approx(boxes[3][0] + boxes[3][1])


@pytest.mark.parametrize("better", ["high", "low"])
def test_a_stacked_strip_divides_its_length_by_the_counts(better: str) -> None:
    image = ET.fromstring(charts.stacked_strip((1, 0, 3), better=better))
    widths = [float(box.attrib["width"]) for box in image.iter(f"{SVG}rect")]
    assert widths[2] == pytest.approx(3 * widths[0])
    assert sum(widths) == pytest.approx(120)


def test_the_good_end_of_a_strip_has_the_same_colour_on_both_kinds_of_scale() -> None:
    up = ET.fromstring(charts.stacked_strip((1, 1), better="high"))
    down = ET.fromstring(charts.stacked_strip((1, 1), better="low"))
    assert [b.attrib["fill"] for b in up.iter(f"{SVG}rect")] == [b.attrib["fill"] for b in down.iter(f"{SVG}rect")][
        ::-1
    ]


def test_the_image_travels_inside_its_address() -> None:
    svg = charts.interval_strip(Mark(value=-0.5, ci_low=-0.6, ci_high=-0.4, tone="below"), -1, 1, reference=0)
    kind, content = charts.data_uri(svg).split(",")
    assert kind == "data:image/svg+xml;base64"
    assert b64decode(content).decode() == svg
