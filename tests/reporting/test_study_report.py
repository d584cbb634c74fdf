"""The report of a study: the same care as the quality report, one page that says where the shortfall arises."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import jsonschema
import pikepdf
import pytest

from reporting.rendered import renderer_log
from reporting.test_pdf import tags, text_of
from servq.analysis import AnalysisOptions
from servq.analysis.documents import study_findings_schema
from servq.analysis.findings import Unavailable
from servq.analysis.gap_findings import RatedGap
from servq.analysis.study_findings import KnowledgeGap, PerceivedGap, Place
from servq.analysis.study_summary import WHERE_TO_LOOK
from servq.answerfiles.study_file import load_study_file
from servq.errors import BadInput
from servq.locations import reports_folder
from servq.messages import Message
from servq.pipeline import StudyFindings, analyze_study
from servq.reporting import ReportForm, charts
from servq.reporting.charts import palette
from servq.reporting.charts.gaps_model import Arrow, Names, Tone, gaps_model
from servq.reporting.study_context import StudyContext
from servq.reporting.study_rendering import render_study_html
from servq.statistics import Comparison

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "gaps-study" / "study.yaml"


@cache
def example(locale: str = "en") -> StudyFindings:
    return analyze_study(EXAMPLE, options=AnalysisOptions(locale=locale))


@cache
def without(role: str) -> StudyFindings:
    study = load_study_file(EXAMPLE)
    return analyze_study(replace(study, audiences={k: v for k, v in study.audiences.items() if k != role}))


SAMPLES = {
    "english": example,
    "german": lambda: example("de"),
    "without customers": lambda: without("customers"),
    "without managers": lambda: without("managers"),
}


@dataclass(frozen=True)
class Rendered:
    content: bytes
    log: tuple[str, ...]


@cache
def rendered(sample: str) -> Rendered:
    with renderer_log() as said:
        content = SAMPLES[sample]().to_pdf()
    return Rendered(content, tuple(said))


def opened(sample: str) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(rendered(sample).content))


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_report_is_a_tagged_archive_that_the_renderer_has_nothing_to_say_about(sample: str) -> None:
    assert rendered(sample).log == ()
    with opened(sample) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
        levels = [int(str(node.S)[2:]) for node in tags(pdf, "H1", "H2", "H3", "H4")]
        assert levels.count(1) == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
        figures = tags(pdf, "Figure")
        assert figures
        assert all(len(str(figure.Alt)) > 20 for figure in figures)
        assert all(len(cell.A.Headers) for cell in tags(pdf, "TD"))
        assert "findings.json" in pdf.attachments


@pytest.mark.parametrize("sample", ["english", "german"])
def test_one_page_holds_the_model_and_where_the_shortfall_arises(sample: str) -> None:
    with opened(sample) as pdf:
        outline = [section.title for section in pdf.open_outline().root]
        assert len(outline) == 9
        single = pikepdf.new()
        single.pages.append(pdf.pages[1])
        page = io.BytesIO()
        single.save(page)
    text = text_of(page.getvalue())
    assert {"english": "1 Where the shortfall arises", "german": "1 Wo das Defizit entsteht"}[sample] in text
    for words in {
        "english": ("−1.02", "Gap 4: Communication", "Zeithaml", "it proves no cause", "264 customers"),
        "german": ("−1,02", "Lücke 4: Kommunikation", "Zeithaml", "sie beweist keine Ursache", "264 der Kundschaft"),
    }[sample]:
        assert words in text


def test_the_text_holds_the_numbers_of_the_findings() -> None:
    findings = example()
    text = text_of(rendered("english").content)
    assert isinstance(findings.gap_1, KnowledgeGap)
    assert isinstance(findings.gap_5, PerceivedGap)
    for row in (*findings.gap_1.dimensions, *findings.gap_1.items, *findings.gap_5.dimensions, *findings.gap_5.items):
        assert not isinstance(row.gap, Unavailable)
        assert f"{row.gap.value:+.2f}".replace("-", "−").replace("+0.00", "0.00").replace("−0.00", "0.00") in text
    for gap in findings.rated_gaps:
        assert isinstance(gap, RatedGap)
        assert all(f"{row.rating.value:.2f}" in text for row in gap.dimensions)
    assert findings.manifest.manifest_sha256 in text


def test_the_attached_findings_are_those_of_the_report() -> None:
    with opened("english") as pdf:
        attached = json.loads(pdf.attachments["findings.json"].get_file().read_bytes())
    assert attached == json.loads(example().to_json())
    assert attached["gap_5"]["overall"]["value"] == example().gap_5.overall.value


@pytest.mark.parametrize("role", ["customers", "managers", "personnel"])
def test_a_missing_audience_is_named_on_the_cover_and_in_its_sections(role: str) -> None:
    html = render_study_html(without(role))
    assert "Not part of this study." in html
    assert html.count("Not available here.") >= 2


def test_german_pages_speak_german() -> None:
    text = text_of(rendered("german").content)
    for english in ("Customers", "Managers", "Rating", "Shortfall", "Method", "between", "interval"):
        assert re.search(rf"\b{english}\b", text) is None


def drawn(html: str) -> str:
    source = re.search(r'<figure class="model[^"]*">\s*<img class="chart" src="([^"]+)"', html)
    assert source is not None
    return b64decode(source[1].split(",", 1)[1]).decode()


def coloured(findings: StudyFindings, value: str) -> str:
    match = re.search(rf'fill="(#\w+)"[^>]*>{re.escape(value)}</text>', drawn(findings.to_html()))
    assert match is not None
    return match[1]


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_gap_1_is_never_drawn_as_good_news_whichever_way_it_points(sign: float) -> None:
    findings = example()
    gap = findings.gap_1
    assert isinstance(gap, KnowledgeGap)
    assert isinstance(gap.overall, Comparison)
    ends = sorted((sign * 0.3, sign * 0.5))
    clear = replace(gap.overall, value=sign * 0.4, ci_low=ends[0], ci_high=ends[1])
    places = tuple(replace(one, estimate=clear) if one.gap == 1 else one for one in findings.summary.places)
    changed = replace(findings, summary=replace(findings.summary, places=places))
    value = f"{sign * 0.4:+.2f}".replace("-", "−")
    assert coloured(StudyFindings(**vars(changed)), value) == palette.RUST


def test_a_difference_that_may_be_none_is_grey_and_dashed() -> None:
    assert coloured(example(), "−0.08") == palette.MUTED
    assert "stroke-dasharray" in drawn(example().to_html())


def test_the_model_has_five_arrows_with_number_interval_and_n() -> None:
    tones: dict[int, Tone] = {1: "unclear", 2: "plain", 3: "plain", 4: "below", 5: "absent"}
    arrows = {
        gap: Arrow(
            name=f"Gap {gap}",
            value=f"{gap}.00",
            interval=f"between {gap} and {gap}",
            groups=(f"{gap} people",),
            tone=tone,
        )
        for gap, tone in tones.items()
    }
    boxes = dict.fromkeys(("expected", "experienced", "delivered", "standards", "believed", "promised"), "A <box>")
    svg = gaps_model(arrows, Names(customers="Customers", organisation="Organisation", boxes=boxes))
    assert svg.count("<polygon") == 11  # two heads an arrow, and one towards what customers experience
    assert all(f">{word}<" in svg for gap in tones for word in (f"Gap {gap}", f"{gap}.00", f"{gap} people"))
    assert "A &lt;box&gt;" in svg
    assert charts.data_uri(svg).startswith("data:image/svg+xml")


def test_strings_that_look_like_markup_stay_text() -> None:
    nasty = "<script>alert(1)</script>"
    html = replace(example(), organisation=nasty, title=nasty).to_html()
    assert nasty not in html
    assert "&lt;script&gt;" in html


def test_an_organisation_may_replace_a_section_and_its_faults_are_named(tmp_path: Path) -> None:
    (tmp_path / "study" / "sections").mkdir(parents=True)
    (tmp_path / "study" / "sections" / "cover.html.j2").write_text("<h1>{{ title }} by us</h1>", encoding="utf-8")
    assert "by us</h1>" in render_study_html(example(), ReportForm(templates=tmp_path))
    (tmp_path / "study" / "sections" / "cover.html.j2").write_text("{{ unheard_of }}", encoding="utf-8")
    with pytest.raises(BadInput, match="unheard_of"):
        render_study_html(example(), ReportForm(templates=tmp_path))


def test_the_guide_to_the_templates_names_every_field_of_the_study_report() -> None:
    guide = (reports_folder() / "README.md").read_text(encoding="utf-8").split("## The report of a study")[1]
    assert [field.name for field in fields(StudyContext) if f"`{field.name}`" not in guide] == []


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_json_follows_its_schema(sample: str) -> None:
    jsonschema.validate(json.loads(SAMPLES[sample]().to_json()), study_findings_schema())


def test_the_page_stays_one_page_when_every_gap_is_shown() -> None:
    findings = example("de")
    assert not isinstance(findings.antecedents, Unavailable)
    groups = {group.gap: ", ".join(one.label for one in group.antecedents) for group in findings.antecedents}

    def advised(place: Place) -> Place:
        if place.gap == 5:
            return place
        weak = Message("Rated below the middle of the scale: {names}.", names=groups[place.gap])
        return replace(place, verdict="shown", look_at=(WHERE_TO_LOOK[place.gap], weak))

    places = tuple(map(advised, findings.summary.places))
    changed = replace(findings, summary=replace(findings.summary, places=places))
    content = StudyFindings(**vars(changed)).to_pdf(form=ReportForm(kind="study", paper="letter"))
    with pikepdf.open(io.BytesIO(content)) as pdf, pdf.open_outline() as outline:
        pages = [page.obj.objgen for page in pdf.pages]
        second = outline.root[1]
        assert second.title.startswith("2 ")
        assert pages.index(second.destination[0].objgen) == 2
