"""Pages of generation."""
