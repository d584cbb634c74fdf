"""Targets, benchmark sets and customer journeys: what the scores of a survey are set beside."""
