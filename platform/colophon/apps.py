from django.apps import AppConfig


class ColophonConfig(AppConfig):
    name = "colophon"

    def ready(self) -> None:
        from colophon import checks, worker_life  # noqa: F401 - registers the system checks and Celery's signals
