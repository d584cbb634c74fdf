"""Charts of the report: small pure functions from marks and labels to SVG text.

They know nothing of findings or languages: whoever calls them has chosen the numbers and written the labels.
"""

from servq.reporting.charts.columns import Column, ColumnGroup, column_chart
from servq.reporting.charts.rows import Mark, Panel, Row, row_chart
from servq.reporting.charts.scale import Tick, round_ticks, zero_centred
from servq.reporting.charts.strips import axis_strip, interval_strip, stacked_strip
from servq.reporting.charts.svg import data_uri

__all__ = [
    "Column",
    "ColumnGroup",
    "Mark",
    "Panel",
    "Row",
    "Tick",
    "axis_strip",
    "column_chart",
    "data_uri",
    "interval_strip",
    "round_ticks",
    "row_chart",
    "stacked_strip",
    "zero_centred",
]
