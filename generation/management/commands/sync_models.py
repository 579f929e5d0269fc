from typing import Any

from django.core.management.base import BaseCommand

from generation.registry import sync_adapters, sync_models


class Command(BaseCommand):
    help = "Make the tables of models and adapters say what is configured, and hash files. Safe to run at any time."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        del args, options
        for model in sync_models():
            state = "hashed" if model.model_hash else "to be hashed at first load"
            self.stdout.write(f"{model.slug}: {model.source} ({state})")
        for adapter in sync_adapters():
            state = "hashed" if adapter.adapter_hash else "to be hashed at first use"
            self.stdout.write(f"{adapter.slug}: {adapter.source}, an adapter for {adapter.family} ({state})")
