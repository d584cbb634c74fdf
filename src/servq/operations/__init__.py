"""Service contacts (tickets, calls, chats) and the metrics from them."""
