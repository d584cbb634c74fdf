"""Findings to charts, HTML and PDF; the only place that imports WeasyPrint."""
