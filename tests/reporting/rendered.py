"""One rendering per sample, shared by the tests; every log record of the renderer is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from reporting import sample_findings, sample_scores, sample_variants
from servq.analysis.findings import Findings
from servq.reporting import Attachment, Paper, ReportForm, render_pdf

SAMPLES: dict[str, Callable[[], Findings]] = {
    "servqual": sample_findings.servqual,
    "german": sample_variants.german,
    "servperf": sample_variants.servperf,
    "net_promoter": sample_variants.net_promoter,
    "tiny": sample_variants.tiny,
    "nothing": sample_variants.nothing,
    "tolerance": sample_scores.tolerance,
    "kano": sample_scores.kano,
    "indices": sample_scores.indices,
    "checklist": sample_scores.checklist,
    "loyalty": sample_scores.loyalty,
}
JSON = Attachment(name="findings.json", content=b'{"gap": -0.46}', description="Findings")


@dataclass(frozen=True)
class Rendered:
    """A PDF and what its renderer had to say about it."""

    content: bytes
    log: tuple[str, ...]


@contextmanager
def renderer_log() -> Iterator[list[str]]:
    said: list[str] = []
    handler = logging.Handler(level=logging.INFO)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]  # records, no more
    logger = logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)


@cache
def rendered(sample: str, paper: Paper = "a4") -> Rendered:
    with renderer_log() as said:
        content = render_pdf(SAMPLES[sample](), ReportForm(paper=paper), attachments=[JSON])
    return Rendered(content=content, log=tuple(said))
