"""The results workbench: groups, waves and measures as one chooses, each answer with its link and its files."""

from servq.web.manage.workbench.routes import workbench_handlers

__all__ = ["workbench_handlers"]
