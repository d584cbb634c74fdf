"""servq: service quality measured from questionnaire to decision.

``servq.analyze(frame, "servqual")`` analyses answers at hand, ``servq.analyze_study("study.yaml")`` those of several
audiences; ``servq.statistics`` holds the statistics by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servq.version import __version__

if TYPE_CHECKING:
    from servq.analysis import AnalysisOptions
    from servq.pipeline import Findings, StudyFindings, analyze, analyze_study

__all__ = ["AnalysisOptions", "Findings", "StudyFindings", "__version__", "analyze", "analyze_study"]


def __getattr__(name: str) -> Any:
    """Import the analysis when it is first asked for: the command line must start quickly."""
    if name in {"AnalysisOptions", "Findings", "StudyFindings", "analyze", "analyze_study"}:
        from servq import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'servq' has no attribute '{name}'")
