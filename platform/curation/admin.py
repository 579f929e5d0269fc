"""The admin panel of curation."""
