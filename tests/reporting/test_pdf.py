"""The PDF: reads aloud in order, carries its fonts, fetches nothing, says what the findings say."""

from __future__ import annotations

import builtins
import io
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest

from reporting import sample_findings, sample_variants
from reporting.rendered import JSON, SAMPLES, rendered, renderer_log
from servq.analysis.findings import Unavailable
from servq.errors import EnvironmentIncomplete
from servq.locations import reports_folder
from servq.pipeline import Findings
from servq.reporting import ReportForm, pdf_from_html, render_pdf

MM = 72 / 25.4
PAPERS = {"a4": (210, 297), "letter": (215.9, 279.4)}


def opened(sample: str, paper: str = "a4") -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(rendered(sample, paper).content))


def text_of(content: bytes) -> str:
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(said.stdout.decode().split())


def structure(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    waiting = [pdf.Root.StructTreeRoot.K]
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting.extend(reversed(list(node)))
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            yield node
            if "/K" in node:
                waiting.append(node.K)


def tags(pdf: pikepdf.Pdf, *names: str) -> list[pikepdf.Dictionary]:
    return [node for node in structure(pdf) if str(node.S).lstrip("/") in names]


def test_the_renderer_has_nothing_to_complain_about(sample: str) -> None:
    assert rendered(sample).log == ()


@pytest.mark.parametrize("paper", PAPERS)
def test_the_pages_have_the_size_that_was_asked_for(paper: str) -> None:
    with opened("servqual", paper) as pdf:
        sizes = {tuple(round(float(side) / MM) for side in page.mediabox[2:]) for page in pdf.pages}
    assert sizes == {tuple(round(side) for side in PAPERS[paper])}


def test_the_full_report_has_a_sensible_number_of_pages() -> None:
    with opened("servqual") as pdf:
        assert 10 <= len(pdf.pages) <= 21


def test_a_report_on_one_question_is_short() -> None:
    with opened("net_promoter") as pdf:
        assert len(pdf.pages) <= 5


def test_the_document_says_its_title_and_its_language() -> None:
    with opened("german") as pdf:
        assert str(pdf.Root.Lang) == "de"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert "Gästebefragung" in str(pdf.docinfo.Title)


def test_the_document_is_marked_as_tagged_and_as_an_archive(sample: str) -> None:
    with opened(sample) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in pdf.Root
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
            assert metadata["pdfaid:conformance"] == "A"


def test_headings_start_at_the_first_level_and_never_skip_one(sample: str) -> None:
    with opened(sample) as pdf:
        levels = [int(str(node.S)[2:]) for node in tags(pdf, "H1", "H2", "H3", "H4", "H5", "H6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_every_figure_has_a_text_that_replaces_it(sample: str) -> None:
    with opened(sample) as pdf:
        figures = tags(pdf, "Figure")
        assert all(len(str(figure.Alt)) > 20 for figure in figures)
        assert bool(figures) == (sample != "nothing")


def test_every_cell_of_a_table_names_its_headers(sample: str) -> None:
    with opened(sample) as pdf:
        assert all("/ID" in cell for cell in tags(pdf, "TH"))
        cells = tags(pdf, "TD")
        assert cells
        assert all(len(cell.A.Headers) for cell in cells)


def test_all_fonts_are_embedded(sample: str) -> None:
    with opened(sample) as pdf:
        fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
        descriptors = [font.DescendantFonts[0].FontDescriptor for font in fonts]
        assert descriptors
        assert all({"/FontFile2", "/FontFile3"} & set(descriptor.keys()) for descriptor in descriptors)


def test_bookmarks_lead_to_every_section() -> None:
    with opened("servqual") as pdf, pdf.open_outline() as outline:
        titles = [entry.title for entry in outline.root]
    assert titles == [
        "1 Summary",
        "2 Dimensions",
        "3 Items",
        "4 What matters to respondents",
        "5 Groups of respondents",
        "6 Change since the previous wave",
        "7 How reliable the numbers are",
        "8 Responses and missing answers",
        "9 Method",
        "A Wording and answers of every item",
        "B For researchers: validity",
    ]


def test_the_findings_travel_inside_the_file() -> None:
    with opened("servqual") as pdf:
        assert pdf.attachments["findings.json"].get_file().read_bytes() == JSON.content
        assert {str(file.AFRelationship) for file in pdf.Root.AF} == {"/Data"}


def test_the_text_holds_the_numbers_of_the_findings() -> None:
    findings = sample_findings.servqual()
    text = text_of(rendered("servqual").content)
    for measure in (*findings.dimensions, *findings.items):
        assert measure.gap is not None
        assert not isinstance(measure.gap, Unavailable)
        assert f"{measure.gap.value:+.2f}".replace("-", "−") in text
    assert findings.manifest.manifest_sha256 in text
    assert f"{findings.responses.n_respondents:,}" in text


def test_a_german_report_writes_decimal_commas() -> None:
    findings = SAMPLES["german"]()
    gap = findings.dimensions[1].gap
    assert gap is not None
    assert not isinstance(gap, Unavailable)
    text = text_of(rendered("german").content)
    assert f"{gap.value:+.2f}".replace("-", "−").replace(".", ",") in text
    assert "Zusammenfassung" in text
    assert "Summary" not in text


def test_a_suppressed_group_shows_its_name_and_no_number() -> None:
    lines = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=rendered("servqual").content, capture_output=True, check=True
    ).stdout.decode()
    rows = [line.split() for line in lines.splitlines() if line.strip().startswith("Pier")]
    assert rows
    assert all(row == ["Pier", "not", "shown"] for row in rows)


@pytest.mark.parametrize(
    ("script", "wording"),
    [
        ("ar", "يقدّم الموظفون خدمة سريعة ودقيقة."),
        ("hi", "कर्मचारी तुरंत और सटीक सेवा देते हैं।"),
        ("de", "Größe, Maß, „Häuser“ – 5 €"),
    ],
)
def test_the_fonts_hold_every_letter_of_the_scripts_shipped(script: str, wording: str) -> None:
    style = (reports_folder() / "quality" / "report.css").read_text(encoding="utf-8")
    page = f'<html lang="{script}"><head><title>x</title><style>{style}</style></head><body>{wording}</body></html>'
    with renderer_log() as said:
        pdf_from_html(page)
    assert said == []


def test_a_letter_that_no_font_holds_would_be_noticed() -> None:
    with renderer_log() as said:
        pdf_from_html('<html lang="en"><head><title>x</title></head><body>\U000f1234</body></html>')
    assert any(".notdef" in message for message in said)


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "http://127.0.0.1:9/logo.png", "https://example.org/x.png"]
)
def test_nothing_is_fetched(address: str) -> None:
    page = f'<html lang="en"><head><title>x</title></head><body><img src="{address}" alt="a picture"></body></html>'
    with renderer_log() as said:
        pdf_from_html(page)
    assert any("disallowed protocol" in message for message in said)


def test_strings_that_look_like_markup_stay_text() -> None:
    nasty = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    findings = replace(sample_variants.net_promoter(), organisation=nasty, title=f"{nasty} & more")
    with renderer_log() as said:
        content = render_pdf(findings)
    assert said == []
    assert '<script>alert("x")</script>' in text_of(content)


def test_writing_leaves_the_whole_file_and_nothing_else(tmp_path: Path) -> None:
    Findings(**vars(sample_variants.net_promoter())).to_pdf(tmp_path / "report.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_a_failure_leaves_the_old_file_untouched(tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    target.write_bytes(b"old")
    faulty = tmp_path / "templates"
    (faulty / "quality" / "sections").mkdir(parents=True)
    (faulty / "quality" / "sections" / "cover.html.j2").write_text("{{ unheard_of }}")
    with pytest.raises(Exception, match="unheard_of"):
        Findings(**vars(sample_variants.net_promoter())).to_pdf(target, ReportForm(templates=faulty))
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.pdf", "templates"]


def test_missing_system_libraries_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_pango(name: str, *rest: object) -> object:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real_import(name, *rest)  # type: ignore[arg-type]  # passes on what it was given

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(EnvironmentIncomplete, match=r"apt install libpango-1\.0-0"):
        pdf_from_html("<p>x</p>")
