"""The admin panel of generation."""
