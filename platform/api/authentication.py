"""`Authorization: Bearer ck_…`."""
