"""Answers to scores: missing-data rule, reverse keys, dimension scores, gaps, weights."""

from servq.scoring.answers import AnswerTable, Missing
from servq.scoring.scores import Block, Points, ScoredTable, score

__all__ = ["AnswerTable", "Block", "Missing", "Points", "ScoredTable", "score"]
