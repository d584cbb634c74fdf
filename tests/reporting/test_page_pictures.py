"""The pages of five very different studies look as they are kept, and every number in them is one of the findings."""

from __future__ import annotations

import re

import pytest
from PIL import Image, ImageChops, ImageFilter

from reporting.page_pictures import FOLDER, MOST_CHANGED, STUDIES, changed_share, kept_pages, pages_of, written
from reporting.test_pdf import text_of
from servq.analysis.findings import Findings
from servq.reporting.figures import headline_of
from servq.reporting.formats import Formats, measured_kind, score_kind
from servq.statistics.estimate import Estimate
from servq.translation import translator

RENEW = "look at the pages, then run: python scripts/take_report_pictures.py"


@pytest.mark.parametrize("study", STUDIES)
def test_the_pages_look_as_they_are_kept(study: str) -> None:
    pages, kept = pages_of(study), kept_pages(study)
    assert len(pages) == len(kept), RENEW
    changed = {
        number: round(share, 4)
        for number, (page, before) in enumerate(zip(pages, kept, strict=True), start=1)
        if (share := changed_share(page, before)) > MOST_CHANGED
    }
    assert changed == {}, RENEW


def test_a_change_of_the_layout_shows_and_another_rendering_of_the_letters_does_not() -> None:
    page = kept_pages("many-sites")[1]
    assert changed_share(page, page.filter(ImageFilter.GaussianBlur(0.4))) < MOST_CHANGED
    assert changed_share(page, ImageChops.offset(page, 0, 1)) < 3 * MOST_CHANGED
    moved = ImageChops.offset(page, 0, 12)
    assert changed_share(page, moved) > 2 * MOST_CHANGED
    without_colour = page.convert("L").convert("RGB")
    assert changed_share(kept_pages("many-sites")[0], kept_pages("many-sites")[0].convert("L").convert("RGB")) > 0.1
    assert without_colour.size == page.size
    assert changed_share(page, Image.new("RGB", page.size, "white")) > MOST_CHANGED


def test_the_pictures_stay_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000
    assert {path.stem for path in FOLDER.iterdir()} == set(STUDIES)


@pytest.mark.parametrize("study", STUDIES)
def test_the_numbers_on_the_pages_are_those_of_the_findings(study: str) -> None:
    findings, content = written(study)
    text = re.sub(r"\s+", " ", text_of(content))
    assert f"{findings.responses.n_respondents:,}" in text
    for said in headline_numbers(findings):
        assert said in text, said
    if STUDIES[study][1].kind == "full":
        for said in item_numbers(findings):
            assert said in text, said


def headline_numbers(findings: Findings) -> list[str]:
    formats = Formats(translator("en"))
    scores = [one for one in findings.scores[:1] if isinstance(one.estimate, Estimate)]
    return [formats.value(one.estimate.value, score_kind(one)) for one in scores if isinstance(one.estimate, Estimate)]


def item_numbers(findings: Findings) -> list[str]:
    formats = Formats(translator("en"))
    kind = measured_kind(findings.measured)
    found = [headline_of(findings, measure) for measure in (*findings.dimensions, *findings.items)]
    return [formats.value(one.value, kind) for one in found if isinstance(one, Estimate)]
