#!/bin/sh
# Resolves the project and its development tools for each supported Python with the pins of the locks. Wheels only,
# but for the two pure-Python packages that are published as source.
set -eu
cd "$(dirname "$0")/.."

for version in 3.11 3.12 3.13; do
    .venv/bin/uv pip compile --quiet --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
        --python-version "$version" --only-binary :all: --no-binary factor-analyzer --no-binary semopy \
        --constraints requirements/build.txt --constraints requirements/run.txt --constraints requirements/dev.txt \
        pyproject.toml --group build --group dev >/dev/null
    echo "Python $version: the locked packages fit together"
done
