"""The scales behind ``golden/expected/reliability.json``, rebuilt from their data sets."""

from __future__ import annotations

import pandas as pd

from oracle import oracle_expected, oracle_frame

BFI_REVERSED = ("A1", "C4", "C5", "E1", "E2", "O2", "O5")
SOURCES = {
    "attitude": "attitude",
    "bfi": "bfi",
    "hs": "holzinger1939",
    "kiosk": "servqual_kiosk",
    "mobi": "ecsi_mobi",
}
SCALES: tuple[str, ...] = tuple(oracle_expected("reliability")["scales"])


def scale_items(name: str) -> pd.DataFrame:
    """Items of one scale, scored in one direction; kiosk items ``g..`` are perception − expectation."""
    source = source_of(name)
    frame = oracle_frame(source)
    if source == "bfi":
        frame[list(BFI_REVERSED)] = 7 - frame[list(BFI_REVERSED)]
    if source == "servqual_kiosk":
        gaps = {f"g{i:02d}": frame[f"p{i:02d}"] - frame[f"e{i:02d}"] for i in range(1, 25)}
        frame = frame.assign(**gaps)
    items: pd.DataFrame = frame[oracle_expected("reliability")["scales"][name]["items"]]
    return items


def source_of(name: str) -> str:
    """Data set that the items of a scale come from."""
    return next(source for prefix, source in SOURCES.items() if name.startswith(prefix))
