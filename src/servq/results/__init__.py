"""The scored answers of a survey, kept ready for the pages of results."""

from servq.results.scored import Columns, ScoredSurvey, ScoredWave, Selection
from servq.results.service import forget_results, load_scored

__all__ = ["Columns", "ScoredSurvey", "ScoredWave", "Selection", "forget_results", "load_scored"]
