#!/bin/sh
# Finds a Python that servq runs on and hands over to bootstrap.py.
set -eu
cd "$(dirname "$0")/.."

is_supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    candidates=$PYTHON
else
    # 3.11 first: it is the version that the tests run on.
    candidates="python3.11 python3 python3.12 python3.13"
fi

for candidate in $candidates; do
    if is_supported "$candidate"; then
        exec "$candidate" scripts/bootstrap.py "$@"
    fi
done

cat >&2 <<END
servq needs Python 3.11, 3.12 or 3.13, and none of these is one: $candidates.
  Debian, Ubuntu:  sudo apt-get install python3 python3-venv
  Fedora:          sudo dnf install python3.13
  macOS:           brew install python@3.13
If it is installed under another name, say which: make setup PYTHON=/path/to/python
END
exit 1
