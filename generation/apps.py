from django.apps import AppConfig


class GenerationConfig(AppConfig):
    name = "generation"

    def ready(self) -> None:
        """Register the system checks."""
        from generation import checks  # noqa: F401 - importing registers them
