"""Instruments in the formats of other survey tools; what a format cannot carry is listed, never dropped in silence."""

from servq.instruments.exchange.formats import (
    EXPORTS,
    IMPORTS,
    Exported,
    ExportFormat,
    Imported,
    export_instrument,
    import_instrument,
)
from servq.instruments.exchange.writing import write_instrument

__all__ = [
    "EXPORTS",
    "IMPORTS",
    "ExportFormat",
    "Exported",
    "Imported",
    "export_instrument",
    "import_instrument",
    "write_instrument",
]
