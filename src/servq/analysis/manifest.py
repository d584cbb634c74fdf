"""What a reader needs to repeat an analysis, under one hash."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version

import msgspec

from servq.analysis.findings import Manifest
from servq.analysis.options import AnalysisOptions
from servq.instruments import revision_of
from servq.instruments.model import Citation
from servq.scoring import AnswerTable
from servq.version import __version__

SOFTWARE = ("numpy", "scipy", "polars")


def make_manifest(
    answers: AnswerTable, options: AnalysisOptions, previous: AnswerTable | None, earlier: Sequence[AnswerTable] = ()
) -> Manifest:
    """Instrument revision, answers, software and settings of an analysis."""
    definition = answers.instrument.definition
    manifest = Manifest(
        instrument_id=definition.id,
        instrument_version=definition.version,
        instrument_revision=revision_of(answers.instrument),
        instrument_title=definition.title,
        citation=tuple(_cite(citation) for citation in definition.citation),
        rights=definition.rights.note,
        servq_version=__version__,
        software={"Python": platform.python_version(), **{name: version(name) for name in SOFTWARE}},
        source=answers.source,
        source_sha256=_source_hash(answers),
        settings={
            "confidence_level": options.confidence_level,
            "minimum_group_size": options.minimum_group_size,
            "minimum_share_of_items": definition.missing.minimum_share,
            "segments": ", ".join(answers.attributes) or None,
            "survey_weights": answers.survey_weights is not None,
            **({"excluded_by_hand": sum(answers.excluded.values())} if answers.excluded else {}),
            "previous_source_sha256": _source_hash(previous) if previous else None,
            **({"n_earlier_waves": len(earlier), "earlier_sources_sha256": _all(earlier)} if len(earlier) > 1 else {}),
        },
        manifest_sha256="",
    )
    return replace(manifest, manifest_sha256=hashlib.sha256(msgspec.json.encode(asdict(manifest))).hexdigest())


def _cite(citation: Citation) -> str:
    text = f"{citation.authors} ({citation.year}). {citation.title}. {citation.source}."
    return f"{text} https://doi.org/{citation.doi}" if citation.doi else text


def _all(tables: Sequence[AnswerTable]) -> str:
    """One hash over the sources of several waves, in their order."""
    return hashlib.sha256("\n".join(map(_source_hash, tables)).encode()).hexdigest()


def _source_hash(answers: AnswerTable) -> str:
    """Hash of the source file, or of the answers themselves where there is no file."""
    return answers.source_sha256 or hashlib.sha256(answers.codes.tobytes()).hexdigest()
