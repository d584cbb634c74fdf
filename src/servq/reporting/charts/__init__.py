"""Charts of the report: small pure functions from marks and labels to SVG text.

They know nothing of findings or languages: whoever calls them has chosen the numbers and written the labels.
"""

from servq.reporting.charts.columns import Column, ColumnGroup, column_chart
from servq.reporting.charts.diagram import Link, Node, path_diagram
from servq.reporting.charts.maps import MapAxis, Place, Quarters, map_chart
from servq.reporting.charts.rows import Mark, Panel, Row, row_chart
from servq.reporting.charts.scale import Tick, round_ticks, zero_centred
from servq.reporting.charts.strips import axis_strip, category_strip, interval_strip, stacked_strip
from servq.reporting.charts.svg import data_uri
from servq.reporting.charts.zones import Band, BandKey, zone_chart

__all__ = [
    "Band",
    "BandKey",
    "Column",
    "ColumnGroup",
    "Link",
    "MapAxis",
    "Mark",
    "Node",
    "Panel",
    "Place",
    "Quarters",
    "Row",
    "Tick",
    "axis_strip",
    "category_strip",
    "column_chart",
    "data_uri",
    "interval_strip",
    "map_chart",
    "path_diagram",
    "round_ticks",
    "row_chart",
    "stacked_strip",
    "zero_centred",
    "zone_chart",
]
