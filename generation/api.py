"""REST endpoints of generation."""
