"""Joins the halves: answers from a file, a frame or the database, through scoring and analysis, to a report."""

from servq.analysis import AnalysisOptions
from servq.pipeline.files import analyze
from servq.pipeline.results import Findings, StudyFindings
from servq.pipeline.stored import report_study, report_survey
from servq.pipeline.study_files import analyze_study

__all__ = ["AnalysisOptions", "Findings", "StudyFindings", "analyze", "analyze_study", "report_study", "report_survey"]
