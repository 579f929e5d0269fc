"""The admin panel of generation. Works are curation's page."""

from generation.admin import jobs, models, outside, rules

__all__ = ["jobs", "models", "outside", "rules"]
