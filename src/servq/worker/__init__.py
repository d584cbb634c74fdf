"""``servq worker``: what has to happen without anybody asking for it."""

from servq.worker.jobs import usual_jobs
from servq.worker.running import Job, Worker, Workplace, run

__all__ = ["Job", "Worker", "Workplace", "run", "usual_jobs"]
