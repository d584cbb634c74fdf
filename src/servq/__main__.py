"""``python -m servq``."""

from servq.cli import main

main()
