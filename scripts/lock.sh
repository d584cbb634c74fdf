#!/bin/sh
# Writes requirements/*.txt from pyproject.toml.
# Pins stay as they are unless an option such as --upgrade or --upgrade-package NAME is given.
set -eu
cd "$(dirname "$0")/.."

compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header "$@"
}

compile --group pyproject.toml:build --output-file requirements/build.txt "$@"
compile pyproject.toml --constraints requirements/build.txt --output-file requirements/run.txt "$@"
compile --group pyproject.toml:dev --constraints requirements/build.txt --constraints requirements/run.txt \
    --output-file requirements/dev.txt "$@"
