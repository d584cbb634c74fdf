"""The report in Arabic: from right to left, with its numbers, names and drawings as a native reader expects them."""

from __future__ import annotations

import dataclasses
import io
import re
from base64 import b64decode
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pikepdf
import pytest

from reporting.rendered import SAMPLES, renderer_log
from servq.analysis.findings import Findings
from servq.messages import Message
from servq.reporting import pdf_from_html, render_pdf
from servq.reporting.charts import Mark, Panel, Row, Tick, mirror, row_chart, svg
from servq.reporting.formats import Formats
from servq.reporting.rendering import render_html
from servq.translation import LOCALES_FOLDER, translator

ARABIC = translator("ar")
ISOLATED = re.compile("\u2066([^\u2066-\u2069]*)\u2069")
PARAMETER = re.compile(r"\{[^}]*\}")
CHARTS = Path(svg.__file__).parent
STYLE_SHEETS = sorted((Path(__file__).resolve().parents[2] / "reports").rglob("*.css"))


def arabic(sample: str) -> Findings:
    return dataclasses.replace(SAMPLES[sample](), locale="ar")


@cache
def page(sample: str) -> str:
    return render_html(arabic(sample))


@cache
def document(sample: str) -> tuple[pikepdf.Pdf, tuple[str, ...]]:
    with renderer_log() as said:
        content = render_pdf(arabic(sample))
    return pikepdf.open(io.BytesIO(content)), tuple(said)


def example_chart() -> str:
    panel = Panel(title="الفجوة", low=-2, high=0.5, ticks=[Tick(-1, "−1"), Tick(0, "0")], reference=0.0)
    mark = Mark(value=-0.6, ci_low=-0.8, ci_high=-0.4, tone="below", label="−0.60")
    return row_chart([Row(label="الاعتمادية", cells=[[mark]])], [panel])


@pytest.mark.parametrize("sample", ["servqual", "net_promoter"])
def test_the_pdf_says_that_it_is_arabic_and_the_renderer_has_nothing_to_complain_about(sample: str) -> None:
    pdf, said = document(sample)
    assert said == ()
    assert str(pdf.Root.Lang) == "ar"
    assert pdf.Root.MarkInfo.Marked


def test_the_arabic_letters_are_embedded_from_a_font_made_for_them() -> None:
    pdf, _ = document("servqual")
    names = {str(one.get("/FontName", "")) for one in pdf.objects if isinstance(one, pikepdf.Dictionary)}
    assert any("Arabic" in name for name in names)
    for one in pdf.objects:
        if isinstance(one, pikepdf.Dictionary) and "Arabic" in str(one.get("/FontName", "")):
            assert "/FontFile2" in one or "/FontFile3" in one


def test_the_page_runs_from_right_to_left() -> None:
    assert '<html lang="ar" dir="rtl">' in page("servqual")


@pytest.mark.parametrize(
    ("value", "spec", "shown"), [(-0.45, "+.2f", "−0.45"), (0.45, "+.2f", "+0.45"), (0.95, ".0%", "95%")]
)
def test_a_number_keeps_its_signs_on_the_side_where_they_are_read(value: float, spec: str, shown: str) -> None:
    assert ARABIC.formatted(value, spec) == f"\u2066{shown}\u2069"


def test_a_plain_number_needs_no_isolate() -> None:
    assert ARABIC.number(1234.5) == "1,234.50"
    assert ARABIC.count(5000) == "5,000"


def test_a_relation_is_never_mirrored() -> None:
    assert ARABIC.p_value(0.0001) == "\u2066<\u00a00.001\u2069"
    assert Formats(ARABIC).p_relation(0.012) == "\u2066=\u00a00.012\u2069"


def test_names_in_latin_letters_and_dates_stand_together_inside_a_sentence() -> None:
    said = ARABIC.say(Message("Left out: {names}.", names="Harbour (east)"))
    assert said == "حُذف: \u2068Harbour (east)\u2069."
    assert ARABIC.words_isolated("2026-11-22") == "\u20682026-11-22\u2069"
    assert ARABIC.words_isolated("المطار") == "المطار"


def test_other_languages_hold_no_isolates() -> None:
    for language in ("en", "de"):
        assert not re.search("[\u2066-\u2069]", translator(language).say(Message("Left out: {names}.", names="A b")))
        assert not re.search("[\u2066-\u2069]", translator(language).formatted(-0.4, "+.1f"))


def test_every_isolate_of_the_catalogue_is_closed() -> None:
    text = (LOCALES_FOLDER / "ar" / "LC_MESSAGES" / "report.po").read_text(encoding="utf-8")
    for line in text.splitlines():
        assert len(re.findall("[\u2066-\u2068]", line)) == line.count("\u2069"), line


def test_the_catalogue_writes_no_bare_sign_before_a_number() -> None:
    text = (LOCALES_FOLDER / "ar" / "LC_MESSAGES" / "report.po").read_text(encoding="utf-8")
    said = [ISOLATED.sub("", PARAMETER.sub("", line)) for line in text.splitlines() if line.startswith("msgstr")]
    assert [line for line in said if re.search(r"[−+]\d|\d%", line)] == []


def test_a_drawing_is_turned_round_whole_and_its_words_stay() -> None:
    drawn, turned = ET.fromstring(example_chart()), ET.fromstring(mirror.mirrored(example_chart()))
    width = float(drawn.attrib["width"])
    texts = [(one, other) for one, other in zip(drawn.iter(), turned.iter(), strict=True) if one.tag.endswith("text")]
    assert texts
    for one, other in texts:
        assert other.text == one.text
        assert float(other.attrib["x"]) == pytest.approx(width - float(one.attrib["x"]), abs=0.011)
    places = {other.text: float(other.attrib["x"]) for _, other in texts}
    assert places["−1"] > places["0"]


def test_turning_twice_gives_the_same_drawing() -> None:
    twice = ET.fromstring(mirror.mirrored(mirror.mirrored(example_chart())))
    for one, other in zip(ET.fromstring(example_chart()).iter(), twice.iter(), strict=True):
        for name, value in one.attrib.items():
            if re.fullmatch(r"[\d.-]+", value):
                assert float(other.attrib[name]) == pytest.approx(float(value), abs=0.021)


def test_every_shape_that_the_charts_draw_can_be_turned() -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in CHARTS.glob("*.py")}
    drawn = {shape for source in sources.values() for shape in re.findall(r"<(\w+) ", source)} - {"svg"}
    assert drawn == set(re.findall(r'"(text|line|rect|circle|polygon|polyline|path)"', sources["mirror.py"]))


def test_arabic_words_of_a_drawing_run_from_right_to_left_and_latin_ones_are_left_alone() -> None:
    assert "\u2067فوق 0.5\u2069" in svg.text(0, 0, "فوق 0.5")
    assert "\u2067" not in svg.text(0, 0, "Harbour")


def test_only_drawings_of_ours_are_turned() -> None:
    foreign = svg.data_uri('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="2"/></svg>')
    assert mirror.mirror_images(f'<img src="{foreign}">') == f'<img src="{foreign}">'
    ours = svg.data_uri(example_chart())
    assert mirror.mirror_images(f'<img src="{ours}">') != f'<img src="{ours}">'


def test_the_labels_of_the_overview_stand_at_the_right() -> None:
    image = re.search(r'class="chart" src="data:image/svg\+xml;base64,([^"]+)"', page("servqual"))
    assert image is not None
    root = ET.fromstring(b64decode(image[1]))
    label = next(one for one in root.iter() if one.tag.endswith("text"))
    assert (float(label.attrib["x"]), label.attrib["text-anchor"]) == (float(root.attrib["width"]), "end")


def test_the_renderer_sets_an_arabic_line_as_a_whole_and_not_letter_by_letter() -> None:
    drawing = svg.document(200, 40, [svg.text(190, 20, "الاعتمادية", anchor="end")])
    content = pdf_from_html(f'<html lang="ar"><title>-</title><img alt="-" src="{svg.data_uri(drawing)}">')
    pdf = pikepdf.open(io.BytesIO(content))
    drawn = [one for one in pdf.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Form"]
    operators = [str(step.operator) for one in drawn for step in pikepdf.parse_content_stream(one)]
    assert operators.count("Tm") == 1


@pytest.mark.parametrize("path", STYLE_SHEETS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_style_sheets_name_sides_by_the_direction_of_reading(path: Path) -> None:
    sheet = path.read_text(encoding="utf-8")
    sided = re.compile(
        r"(?:margin|padding|border)-(?:left|right)\s*:|[{;\s](?:left|right)\s*:|text-align:\s*(?:left|right)"
    )
    wrong = [line for line in sheet.splitlines() if sided.search(line) and '[dir="rtl"]' not in line]
    assert wrong == []
