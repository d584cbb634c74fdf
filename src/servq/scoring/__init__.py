"""Answers to scores: missing-data rule, reverse keys, dimension scores, gaps, weights, zones, checklists."""

from servq.scoring.answers import AnswerTable, Missing
from servq.scoring.blocks import Block
from servq.scoring.scores import Points, ScoredTable, headline_battery, score

__all__ = ["AnswerTable", "Block", "Missing", "Points", "ScoredTable", "headline_battery", "score"]
