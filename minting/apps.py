from django.apps import AppConfig


class MintingConfig(AppConfig):
    name = "minting"

    def ready(self) -> None:
        """Register the system checks."""
        from minting import checks  # noqa: F401 - registers by import
