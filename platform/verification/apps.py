from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"

    def ready(self) -> None:
        """Register the system checks."""
        from verification import checks  # noqa: F401 - registers by import
