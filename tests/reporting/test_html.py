"""The page: complete in itself, safe, honest about what is missing, and never more precise than its formats."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from reporting import sample_findings, sample_scores, sample_variants
from reporting.rendered import SAMPLES
from servq.analysis.findings import Unavailable
from servq.errors import BadInput
from servq.locations import reports_folder
from servq.messages import Message
from servq.reporting import ReportContext, ReportForm, make_context, render_html
from servq.reporting.study_context import StudyContext


def test_every_sample_renders(sample: str) -> None:
    html = render_html(SAMPLES[sample]())
    assert html.startswith("<!DOCTYPE html>")
    assert "Message(" not in html


def test_the_page_needs_nothing_from_elsewhere(sample: str) -> None:
    html = render_html(SAMPLES[sample]())
    addresses = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?([^"\')\s>]+)', html)
    assert all(address.startswith(("#", "data:image/svg+xml;base64,")) for address in addresses)
    assert "<script" not in html
    assert "@import" not in html


def test_names_that_look_like_markup_stay_text() -> None:
    nasty = '"><script>alert(1)</script>'
    full = sample_findings.servqual()
    findings = replace(
        full,
        organisation=nasty,
        title=nasty,
        period=nasty,
        dimensions=tuple(replace(measure, label=nasty) for measure in full.dimensions),
        items=tuple(replace(item, wording=dict.fromkeys(item.wording, nasty)) for item in full.items),
    )
    assert "<script" not in render_html(findings)


@pytest.mark.parametrize("part", ["weights", "segments", "change", "reliability", "validity"])
def test_a_missing_part_says_why(part: str) -> None:
    reason = Message("The moon was in the wrong phase for {part}.", part=part)
    findings = replace(sample_findings.servqual(), **{part: Unavailable(reason=reason)})
    assert str(reason) in render_html(findings)


def test_a_part_that_the_instrument_cannot_have_is_one_line_of_the_method() -> None:
    context = make_context(sample_variants.servperf())
    assert "weights" not in {section.id for section in context.sections}
    assert "What matters to respondents" in {absence.title for absence in context.absences}


def test_the_context_carries_the_findings_unrounded() -> None:
    findings = sample_findings.servqual()
    assert make_context(findings).findings is findings


def test_items_come_worst_first_and_those_without_a_number_last() -> None:
    rows = make_context(sample_variants.tiny()).items.rows
    gaps = [row.measure.gap for row in rows]
    known = [gap.value for gap in gaps if gap is not None and not isinstance(gap, Unavailable)]
    assert known == sorted(known)
    assert all(isinstance(gap, Unavailable) for gap in gaps[len(known) :])


def test_the_alternative_text_of_a_figure_states_its_numbers() -> None:
    findings = sample_findings.servqual()
    figure = make_context(findings).dimensions
    assert figure is not None
    for measure in findings.dimensions:
        assert measure.gap is not None
        assert not isinstance(measure.gap, Unavailable)
        assert f"{measure.label} {measure.gap.value:+.2f}".replace("-", "−") in figure.alt


def test_a_suppressed_group_is_named_without_a_number() -> None:
    view = make_context(sample_findings.servqual()).segments[0]
    assert "Pier: not shown" in view.figures[0].alt


@pytest.mark.parametrize(
    ("source", "line"),
    [("fine\n{{ unheard_of }}\n", 2), ("fine\nfine\n{% if %}\n", 3), ("{{ 1 / 0 }}\n", 1)],
)
def test_a_faulty_template_is_named_with_its_line(tmp_path: Path, source: str, line: int) -> None:
    (tmp_path / "quality" / "sections").mkdir(parents=True)
    (tmp_path / "quality" / "sections" / "method.html.j2").write_text(source)
    with pytest.raises(BadInput) as caught:
        render_html(sample_variants.net_promoter(), ReportForm(templates=tmp_path))
    (problem,) = caught.value.problems
    assert problem.file is not None
    assert problem.file.endswith("sections/method.html.j2")
    assert problem.line == line


def test_an_organisation_can_replace_one_template_and_keep_the_others(tmp_path: Path) -> None:
    (tmp_path / "quality" / "sections").mkdir(parents=True)
    (tmp_path / "quality" / "sections" / "method.html.j2").write_text("<h2>Our own method</h2>")
    html = render_html(sample_variants.net_promoter(), ReportForm(templates=tmp_path))
    assert "Our own method" in html
    assert 'class="headline"' in html


def test_the_guide_to_the_templates_names_every_field_of_the_context() -> None:
    guide = (reports_folder() / "README.md").read_text(encoding="utf-8")
    missing = [field.name for field in fields(ReportContext) if f"`{field.name}`" not in guide]
    assert missing == []


@pytest.mark.parametrize(
    ("begins", "ends", "context"),
    [
        ("## What a template may use", "| Helper |", ReportContext),
        ("## The report of a study", None, StudyContext),
    ],
)
def test_the_guide_names_no_field_that_a_template_cannot_use(
    begins: str, ends: str | None, context: type[ReportContext | StudyContext]
) -> None:
    guide = (reports_folder() / "README.md").read_text(encoding="utf-8").split(begins)[1]
    rows = [row.split("|")[1] for row in guide.split(ends or "\0")[0].splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named
    assert named - {field.name for field in fields(context)} <= {"section"}


def test_service_contacts_have_a_section_of_their_own() -> None:
    findings = sample_scores.indices()
    assert findings.operations is not None
    page = render_html(findings)
    assert "Operations" in page
    assert all(str(metric.name) in page for metric in findings.operations.metrics)
    assert "Pier" in page
