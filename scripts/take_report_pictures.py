"""Takes the pictures of report pages that tests compare with: ``python scripts/take_report_pictures.py [STUDY …]``.

Look at what changed before keeping it. Needs poppler's ``pdftoppm`` and the fonts of the supported system.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from reporting.page_pictures import FOLDER, STUDIES, keep


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for study in sys.argv[1:] or STUDIES:
        path = keep(study)
        print(f"wrote {path.name}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
