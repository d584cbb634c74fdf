from __future__ import annotations

import subprocess
import sys

import servq.statistics


def test_the_public_names_are_sorted_unique_and_present() -> None:
    names = servq.statistics.__all__
    assert names == sorted(set(names), key=lambda name: (not name.isupper(), name))  # constants first, as ruff sorts
    assert all(hasattr(servq.statistics, name) for name in names)


def test_importing_the_statistics_loads_no_heavy_library() -> None:
    heavy = ["factor_analyzer", "matplotlib", "pandas", "pingouin", "polars", "pyarrow", "statsmodels"]
    heavy += ["scipy.optimize", "scipy.stats"]
    script = (
        "import sys\nimport servq.statistics\n"
        f"print([name for name in {heavy!r} if name in sys.modules and name not in before])"
    )
    result = subprocess.run(
        [sys.executable, "-c", "import sys\nbefore = set(sys.modules)\n" + script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert result.stdout.strip() == "[]"
