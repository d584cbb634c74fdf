"""What this instrument and this n permit, as findings with a plain-language reading."""

from servq.analysis.analyse import analyse
from servq.analysis.documents import findings_schema, findings_to_json
from servq.analysis.findings import Findings, Unavailable
from servq.analysis.options import AnalysisOptions

__all__ = ["AnalysisOptions", "Findings", "Unavailable", "analyse", "findings_schema", "findings_to_json"]
