"""``servq worker``: what has to happen without anybody asking for it."""
