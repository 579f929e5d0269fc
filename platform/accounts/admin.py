"""The admin panel of accounts."""
