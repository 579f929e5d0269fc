"""DAOs: review of works, with reasons kept in an append-only log."""
