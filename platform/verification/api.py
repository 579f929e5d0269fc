"""REST endpoints of verification."""
