"""A file of 100,000 contacts: previewed, imported, imported again, and asked, in an SQLite file.

Run: .venv/bin/python benchmarks/contacts.py
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

N = 100_000
HEADER = ["reference", "email", "name", "locale", "time_zone", "site", "segment", "value", "consent"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, database = Path(folder) / "contacts.csv", f"sqlite:///{folder}/servq.db"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for i in range(N):
                site, segment = f"Site {i % 20}", "gold" if i % 5 == 0 else "basic"
                name = f"Persön {i}"
                writer.writerow(
                    [i, f"person{i}@example.org", name, "de", "Europe/Berlin", site, segment, i % 1000, "yes"]
                )
        servq("survey", "create", "nps", "--title", "Guests", "--organisation", "Hotel", "--database", database)
        servq("survey", "launch", "1", "--database", database)
        for title, *command in (
            ("preview", "contacts", "import", str(path), "--preview"),
            ("import", "contacts", "import", str(path)),
            ("import again", "contacts", "import", str(path)),
            ("decide and plan mail", "survey", "invite", "1", "--everybody"),
            ("fieldwork", "survey", "fieldwork", "1"),
        ):
            began = time.perf_counter()
            servq(*command, "--database", database)
            seconds = time.perf_counter() - began
            print(f"{title:<22} {N:,} contacts  {seconds:6.1f} s  {N / seconds:8,.0f}/s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"most memory of a command: {peak:.0f} MiB")


def servq(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "servq", *arguments], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
