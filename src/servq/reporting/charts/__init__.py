"""Charts of the report: small pure functions from marks and labels to SVG text.

They know nothing of findings or languages: whoever calls them has chosen the numbers and written the labels.
"""

from servq.reporting.charts.columns import Column, ColumnGroup, column_chart
from servq.reporting.charts.diagram import Link, Node, path_diagram
from servq.reporting.charts.heat_map import HeatCell, HeatRow, HeatTone, heat_map
from servq.reporting.charts.maps import MapAxis, Place, Quarters, map_chart
from servq.reporting.charts.ranking import RankAxes, RankRow, ranking_chart
from servq.reporting.charts.rows import Mark, Panel, Row, row_chart
from servq.reporting.charts.scale import Tick, round_ticks, zero_centred
from servq.reporting.charts.stacked import StackedBar, StackedKey, StackedRow, stacked_chart
from servq.reporting.charts.strips import axis_strip, category_strip, interval_strip, stacked_strip
from servq.reporting.charts.svg import data_uri
from servq.reporting.charts.trend import TrendAxis, TrendMark, TrendPanel, trend_chart
from servq.reporting.charts.zones import Band, BandKey, zone_chart

__all__ = [
    "Band",
    "BandKey",
    "Column",
    "ColumnGroup",
    "HeatCell",
    "HeatRow",
    "HeatTone",
    "Link",
    "MapAxis",
    "Mark",
    "Node",
    "Panel",
    "Place",
    "Quarters",
    "RankAxes",
    "RankRow",
    "Row",
    "StackedBar",
    "StackedKey",
    "StackedRow",
    "Tick",
    "TrendAxis",
    "TrendMark",
    "TrendPanel",
    "axis_strip",
    "category_strip",
    "column_chart",
    "data_uri",
    "heat_map",
    "interval_strip",
    "map_chart",
    "path_diagram",
    "ranking_chart",
    "round_ticks",
    "row_chart",
    "stacked_chart",
    "stacked_strip",
    "trend_chart",
    "zero_centred",
    "zone_chart",
]
