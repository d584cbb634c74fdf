"""The look of an organisation: a readable accent, and logos judged by what they hold."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from reporting import sample_variants
from reporting.rendered import renderer_log
from reporting.test_pdf import tags
from servq.errors import RequestInvalid
from servq.reporting import ReportForm, render_html, render_pdf
from servq.reporting.accent import accepted_accent, check_contrast, parse_colour, quiet_on
from servq.reporting.logo import LARGEST_LOGO, checked_logo
from servq.reporting.style import ReportStyle, load_style

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20">{}</svg>'
DOT = '<circle cx="10" cy="10" r="9" fill="#118811"/>'


def picture(kind: str, side: int = 32) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "#118811").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("colour", "contrast"),
    # WCAG 2.2's own extremes, and the two greys around its limit of 4.5 : 1
    [("#ffffff", 1.0), ("#000000", 21.0), ("#777777", 4.48), ("#767676", 4.54)],
)
def test_contrast_is_that_of_wcag(colour: str, contrast: float) -> None:
    assert check_contrast(colour).contrast == pytest.approx(contrast, abs=0.005)


@pytest.mark.parametrize("pale", ["#ffcc00", "#ff0000", "#00a0a0", "#777777", "#ffffff", "#9cf"])
def test_a_pale_accent_is_refused_with_the_nearest_that_passes(pale: str) -> None:
    colour = parse_colour(pale)
    assert colour is not None
    nearest = check_contrast(colour).nearest
    assert check_contrast(nearest).passes
    with pytest.raises(RequestInvalid, match=nearest):
        accepted_accent(pale)
    # nothing is darkened more than needed
    assert check_contrast(nearest).contrast < 4.65


def test_an_accent_that_passes_is_taken_as_it_is() -> None:
    assert accepted_accent("0C2F47") == "#0c2f47"
    assert accepted_accent("#036") == "#003366"


def test_quiet_words_on_the_accent_stay_readable() -> None:
    assert quiet_on("#767676") == "#ffffff"
    assert quiet_on("#0c2f47") != "#ffffff"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_bitmaps_are_told_by_their_content(kind: str) -> None:
    logo = checked_logo(picture(kind), alt="Harbour", file="logo.svg")
    assert logo.media_type == f"image/{kind.lower()}"
    assert logo.uri.startswith(f"data:image/{kind.lower()};base64,")


def test_a_plain_drawing_is_taken() -> None:
    assert checked_logo(SVG.format(DOT).encode(), alt="Harbour").media_type == "image/svg+xml"


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"", "empty"),
        (b"GIF89a" + b"\0" * 50, "no PNG, JPEG or SVG"),
        (picture("PNG")[:40], "no PNG, JPEG or SVG|damaged"),
        (picture("PNG")[:-30], "damaged"),
        (picture("PNG", 4), "pixels"),
        (b"\x89PNG" + b"0" * LARGEST_LOGO, "more than 512 kB"),
        (b"<html></html>", "no PNG, JPEG or SVG"),
        (SVG.format("<circle").encode(), "cannot be read"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format(DOT).encode(), "entities"),
        (SVG.format("<script>alert(1)</script>").encode(), "<script>"),
        (SVG.format("<foreignObject/>").encode(), "<foreignObject>"),
        (SVG.format('<circle r="1" onload="alert(1)"/>').encode(), "script in “onload”"),
        (SVG.format('<image href="https://example.org/a.png"/>').encode(), "outside itself"),
        (SVG.format('<path style="fill: url(https://example.org/a)"/>').encode(), "from elsewhere"),
        (SVG.format("<style>@import 'a.css';</style>").encode(), "from elsewhere"),
        (SVG.format("<style>a { fill: u\\72l(x) }</style>").encode(), "from elsewhere"),
        (SVG.format("<g>" * 80 + "</g>" * 80).encode(), "too deeply"),
    ],
)
def test_what_is_no_harmless_picture_is_refused(content: bytes, trouble: str) -> None:
    with pytest.raises(RequestInvalid, match=trouble):
        checked_logo(content, alt="Harbour", file="logo.png")


def test_every_trouble_of_a_drawing_is_told_at_once() -> None:
    drawing = SVG.format('<script/><circle onclick="x"/><a href="x"/>').encode()
    with pytest.raises(RequestInvalid) as caught:
        checked_logo(drawing, alt="Harbour", file="logo.svg")
    assert len(caught.value.problems) == 4
    assert {problem.file for problem in caught.value.problems} == {"logo.svg"}


def test_a_style_file_names_every_mistake_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "style.yaml"
    path.write_text("organisation: 3\naccent: '#ffcc00'\nlogo: nowhere.png\ncolour: red\n", encoding="utf-8")
    with pytest.raises(RequestInvalid) as caught:
        load_style(path)
    assert [problem.line for problem in caught.value.problems] == [4, 1, None, 2]
    path.write_text("accent: #0c2f47\n", encoding="utf-8")
    with pytest.raises(RequestInvalid, match="begins a comment"):
        load_style(path)


def test_a_style_file_is_read_with_its_logo(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture("PNG"))
    path = tmp_path / "style.yaml"
    path.write_text("organisation: Harbour\naccent: 123456\nlogo: logo.png\n", encoding="utf-8")
    style = load_style(path)
    assert (style.organisation, style.accent) == ("Harbour", "#123456")
    assert style.logo is not None
    assert style.logo.alt == "Harbour"


def test_the_logo_is_a_figure_with_words_and_the_accent_colours_the_frame_alone() -> None:
    logo = checked_logo(SVG.format(DOT).encode(), alt="Harbour, a green dot")
    form = ReportForm(kind="pulse", style=ReportStyle(organisation="Harbour", logo=logo, accent="#7a1fa2"))
    findings = sample_variants.net_promoter()
    html = render_html(findings, form)
    assert "--panel: #7a1fa2" in html
    assert html.count("#7a1fa2") == 2
    with renderer_log() as said:
        content = render_pdf(findings, form)
    assert said == []
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert "Harbour, a green dot" in [str(figure.Alt) for figure in tags(pdf, "Figure")]
