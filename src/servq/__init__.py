"""servq: service quality measured from questionnaire to decision."""

__version__ = "0.1.0"
