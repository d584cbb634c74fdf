"""Answers to scores: missing-data rule, reverse keys, dimension scores, gaps, weights."""
