"""The admin panel of api."""
