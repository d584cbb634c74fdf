"""Figures of groups, waves, answers and drivers: what is drawn and said is what the findings hold."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from servq.analysis import AnalysisOptions, analyse
from servq.analysis.findings import Findings
from servq.analysis.segment_findings import Ranking
from servq.analysis.trend_findings import Trend
from servq.instruments import load_instrument
from servq.reporting import charts, render_html
from servq.reporting.charts import palette
from servq.reporting.charts.mirror import mirrored
from servq.reporting.figures import Figure
from servq.reporting.formats import Formats
from servq.reporting.group_figures import GroupFigures
from servq.reporting.item_figures import ItemFigures
from servq.reporting.trend_figures import TrendFigures
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes
from servq.translation import translator

INSTRUMENT = load_instrument("servperf")
N = 400


def wave(seed: int, name: str = "", shift: int = 0) -> AnswerTable:
    """Twelve sites, one of them better and one too small to be shown."""
    codes = simulate_codes(INSTRUMENT, N, Population(), seed=seed)
    sites = np.array([f"Site {1 + i % 11}" for i in range(N)], dtype=object)
    sites[:3] = "Tiny"
    better = (sites == "Site 3")[:, None] & (codes > 0)
    codes = np.where(better, np.minimum(codes + 1 + shift, 7), codes).astype(np.int16)
    return AnswerTable(instrument=INSTRUMENT, codes=codes, attributes={"site": sites}, wave=name)


@cache
def findings(locale: str = "en") -> Findings:
    earlier = [wave(seed, f"2026-Q{seed}") for seed in (1, 2, 3)]
    return analyse(wave(4, "2026-Q4"), AnalysisOptions(locale=locale), earlier=earlier)


def drawing(figure: Figure) -> ET.Element:
    return ET.fromstring(b64decode(figure.uri.partition(",")[2]))


def words_of(figure: Figure) -> list[str]:
    return ["".join(one.itertext()) for one in drawing(figure).iter() if one.tag.endswith("text")]


def test_a_heat_map_prints_every_number_and_marks_only_what_survives_correction() -> None:
    (segment,) = findings().segments
    (figure,) = GroupFigures(findings(), Formats(translator("en"))).heat_map(segment)
    written = words_of(figure)
    shown = [group for group in segment.groups if not group.suppressed]
    for group in shown:
        assert f"{group.overall.value:.2f}" in written
        assert all(f"{one.value:.2f}" in written for one in group.dimensions.values())
    arrows = [one for one in drawing(figure).iter() if one.tag.endswith("polygon")]
    marks = [mark for group in shown for mark in group.marks.values() if mark.direction != "none"]
    assert len(arrows) == len(marks) > 0
    assert written.count("not shown") == sum(group.suppressed for group in segment.groups) == 2


def test_the_alternative_text_of_a_heat_map_has_numbers_n_and_marks() -> None:
    (segment,) = findings().segments
    (figure,) = GroupFigures(findings(), Formats(translator("en"))).heat_map(segment)
    third = next(group for group in segment.groups if group.label == "Site 3")
    assert f"Site 3, n = {third.n}: Overall {third.overall.value:.2f} (above the others)" in figure.alt
    assert "Tiny: not shown" in figure.alt


def test_a_ranking_draws_the_range_of_places_of_every_site() -> None:
    (segment,) = findings().segments
    assert isinstance(segment.ranking, Ranking)
    (figure,) = GroupFigures(findings(), Formats(translator("en"))).ranking(segment)
    n = len(segment.ranking.groups)
    for one in segment.ranking.groups:
        assert f"{one.label}: place {one.rank_low} to {one.rank_high} of {n}" in figure.alt
    written = words_of(figure)
    assert written.count("1, shared") == sum(one.place == 1 and one.is_shared for one in segment.ranking.groups)


def test_a_trend_draws_every_wave_and_says_which_lie_outside() -> None:
    found = findings().trend
    assert isinstance(found, Trend)
    figure = TrendFigures(findings(), Formats(translator("en"))).scores(found)
    assert figure.alt.startswith("Waves from 2026-Q1 to 2026-Q4 with control limits.")
    outside = sum(point.is_outside for one in found.series for point in one.points)
    assert figure.alt.count("outside the limits") == outside
    dots = [one for one in drawing(figure).iter() if one.tag.endswith("circle")]
    assert len(dots) == sum(len(one.points) for one in found.series)
    assert sum(one.attrib["fill"] == palette.PAPER for one in dots) == outside


def test_the_answers_to_an_item_fill_one_bar() -> None:
    (figure,) = ItemFigures(findings(), Formats(translator("en"))).answers()
    item = findings().items[0]
    counts = item.distribution["perception"]
    low, high = sum(counts[:3]) / sum(counts), sum(counts[4:]) / sum(counts)
    assert f"{item.label} {low:.0%} below and {high:.0%} above the middle, n = {sum(counts)}" in figure.alt
    bars = [one for one in drawing(figure).iter() if one.tag.endswith("rect") and one.attrib["height"] == "13"]
    assert len(bars) == len(findings().items) * len(counts)


@pytest.mark.parametrize("n_points", [2, 5, 6, 7, 9, 10, 11])
def test_colours_of_answers_keep_their_order_in_grey(n_points: int) -> None:
    colours = palette.diverging(n_points)
    grey = [0.299 * int(c[1:3], 16) + 0.587 * int(c[3:5], 16) + 0.114 * int(c[5:], 16) for c in colours]
    half = n_points // 2
    assert grey[:half] == sorted(grey[:half])
    assert grey[-half:] == sorted(grey[-half:], reverse=True)
    assert palette.diverging(n_points, better="low") == colours[::-1]
    assert len(colours) == n_points


@pytest.mark.parametrize("make", ["heat_map", "ranking", "trend", "answers"])
def test_every_new_drawing_turns_round_whole(make: str) -> None:
    formats = Formats(translator("ar"))
    (segment,) = findings().segments
    figures = {
        "heat_map": lambda: GroupFigures(findings(), formats).heat_map(segment)[0],
        "ranking": lambda: GroupFigures(findings(), formats).ranking(segment)[0],
        "trend": lambda: TrendFigures(findings(), formats).scores(findings().trend),
        "answers": lambda: ItemFigures(findings(), formats).answers()[0],
    }
    svg = b64decode(figures[make]().uri.partition(",")[2]).decode()
    known = {"svg", "text", "line", "rect", "circle", "polygon", "path"}
    assert {one.tag.rpartition("}")[2] for one in ET.fromstring(svg).iter()} <= known
    twice = mirrored(mirrored(svg))
    numbers = [float(one) for one in re.findall(r"[\d.]+", re.sub(r">[^<]*<", "><", svg.partition(">")[2]))]
    back = [float(one) for one in re.findall(r"[\d.]+", re.sub(r">[^<]*<", "><", twice.partition(">")[2]))]
    assert sorted(back)[-5:] == pytest.approx(sorted(numbers)[-5:], abs=0.02)


@pytest.mark.parametrize("locale", ["en", "de", "ar"])
def test_the_report_speaks_of_sites_and_waves_in_every_language(locale: str) -> None:
    found = replace(findings(), locale=locale)
    page = render_html(found)
    t = translator(locale)
    assert t.say(found.segments[0].ranking.reading) in page.replace("\N{NO-BREAK SPACE}", " ")
    assert t("Trend over the waves") in page
    assert t("Answers to every item") in page
    assert page.count('<img class="chart"') >= 6


def test_a_long_name_of_a_panel_is_broken_and_not_printed_over_the_next() -> None:
    panel = charts.Panel(title="What customers of the whole region expect of us", low=0, high=1, ticks=())
    row = charts.Row(label="a", cells=[[charts.Mark(value=0.5)]] * 4)
    svg = charts.row_chart([row], [panel] * 4)
    titles = [
        one for one in ET.fromstring(svg).iter() if one.tag.endswith("text") and one.attrib.get("font-weight") == "700"
    ]
    assert len({one.attrib["y"] for one in titles}) > 1
    assert all(len("".join(one.itertext())) < 24 for one in titles)
