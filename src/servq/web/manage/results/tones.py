"""In which colour a page says how far a target is."""

from __future__ import annotations

from collections.abc import Mapping

from servq.analysis.target_findings import TargetStatus

STATUS_TONES: Mapping[TargetStatus, str] = {
    "reached": "good",
    "not_yet": "accent",
    "open": "neutral",
    "missed": "bad",
    "unavailable": "neutral",
}
