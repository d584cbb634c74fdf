"""Personal single-use links, and what is sent with them."""
