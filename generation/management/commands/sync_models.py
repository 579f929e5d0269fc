from typing import Any

from django.core.management.base import BaseCommand

from generation.registry import sync_models


class Command(BaseCommand):
    help = "Make the table of models say what is configured, and hash their files. Safe to run at any time."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        del args, options
        for model in sync_models():
            state = "hashed" if model.model_hash else "to be hashed at first load"
            self.stdout.write(f"{model.slug}: {model.source} ({state})")
