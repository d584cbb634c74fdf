"""Reports of single sites: the answers of each with its comparison to the others; one report, or all in a ZIP."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context

import numpy as np

from servq.analysis import AnalysisOptions
from servq.analysis.collected import Collected
from servq.analysis.site_beside import SITE, compare_each_site
from servq.analysis.site_findings import SiteBeside
from servq.analysis.suppression import hidden_groups
from servq.errors import DataInvalid, Problem
from servq.messages import Message
from servq.pipeline.answers import report_answers
from servq.pipeline.results import Findings
from servq.reporting import ReportForm
from servq.reporting.bundle import pack_sites
from servq.scoring import AnswerTable

PROCESSES = 2
"""Reports made at a time."""


@dataclass(frozen=True, kw_only=True)
class SiteWork:
    """What the report of one site is made from; it can be handed to another process."""

    beside: SiteBeside
    answers: AnswerTable
    earlier: tuple[AnswerTable, ...]
    options: AnalysisOptions
    collected: Collected | None

    @property
    def site(self) -> str:
        """Name of the site."""
        return self.beside.site


@dataclass(frozen=True, kw_only=True)
class SitePlan:
    """Reports to be made, and the sites that get none with the reason."""

    works: tuple[SiteWork, ...]
    left_out: Mapping[str, Message]
    locale: str


def plan_sites(
    answers: AnswerTable,
    options: AnalysisOptions,
    *,
    earlier: Sequence[AnswerTable] = (),
    only: Collection[str] | None = None,
    collected: Collected | None = None,
) -> SitePlan:
    """Compare every site with the others and keep what each report needs.

    Parameters
    ----------
    answers, earlier
        Of all sites, with the attribute ``site``; waves before, the oldest first.
    only
        Names of the sites wanted; all when left out.
    collected
        When the answers came in.

    Raises
    ------
    DataInvalid
        The answers do not name sites, or not one that is wanted.
    """
    found = compare_each_site(answers, options)
    known = {*found.besides, *found.left_out}
    missing = [name for name in only or () if name not in known]
    if missing:
        raise DataInvalid(
            Problem(f'No answers come from a site "{name}".', f"There are: {', '.join(sorted(known))}.")
            for name in missing
        )
    wanted = known if only is None else set(only)
    return SitePlan(
        works=tuple(
            SiteWork(
                beside=beside,
                answers=_of_site(answers, name),
                earlier=tuple(_earlier(earlier, name, options)),
                options=options,
                collected=collected,
            )
            for name, beside in found.besides.items()
            if name in wanted
        ),
        left_out={name: reason for name, reason in found.left_out.items() if name in wanted},
        locale=answers.instrument.texts_in(options.locale).locale,
    )


def report_site(work: SiteWork) -> Findings:
    """Analyse the answers of one site and put its comparison beside them."""
    findings = report_answers(work.answers, work.options, earlier=work.earlier)
    return replace(findings, site=work.beside, collected=work.collected)


def print_site(work: SiteWork, form: ReportForm) -> bytes:
    """The report of one site as PDF."""
    return report_site(work).to_pdf(form=replace(form, kind="site"))


def print_sites(works: Sequence[SiteWork], form: ReportForm, *, processes: int = PROCESSES) -> Iterator[bytes]:
    """The reports in the order of the works, made in processes beside each other."""
    with _processes(min(processes, len(works))) as workers:
        make = partial(print_site, form=form)
        yield from map(make, works) if workers is None else workers.map(make, works)


@contextmanager
def _processes(n: int) -> Iterator[Executor | None]:
    if n < 2:
        yield None
        return
    # Spawned, not forked: whoever calls may have threads, and a fork would inherit their locks.
    with ProcessPoolExecutor(max_workers=n, mp_context=get_context("spawn")) as workers:
        try:
            yield workers
        finally:
            workers.shutdown(cancel_futures=True)


def zip_sites(plan: SitePlan, printed: Iterable[bytes]) -> bytes:
    """Pack the reports and a list of all sites, with the reason beside each that has none."""
    reports = ((work.site, work.beside.n, content) for work, content in zip(plan.works, printed, strict=True))
    return pack_sites(reports, plan.left_out, plan.locale)


def _of_site(answers: AnswerTable, name: str) -> AnswerTable:
    part = answers.among(answers.attributes[SITE] == name)
    return replace(part, attributes={key: values for key, values in part.attributes.items() if key != SITE})


def _earlier(waves: Sequence[AnswerTable], name: str, options: AnalysisOptions) -> Iterator[AnswerTable]:
    """The site in the waves in which its numbers may be shown."""
    for wave in waves:
        if SITE in wave.attributes:
            names, counts = np.unique(wave.attributes[SITE].astype(str), return_counts=True)
            sizes = dict(zip(names.tolist(), counts.tolist(), strict=True))
            if name in sizes and name not in hidden_groups(sizes, options.minimum_group_size):
                yield _of_site(wave, name)
