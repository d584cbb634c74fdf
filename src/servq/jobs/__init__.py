"""Long work with progress: planned by a person, done by the worker, its result kept for a day.

What can be done is registered by the worker (``servq.worker.long_work``); this package knows none of it.
"""
