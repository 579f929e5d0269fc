from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api.errors import Problem
from generation.models import DiffusionModel
from generation.registry import disable_model, enable_model, request_warming

ACTIONS: dict[str, tuple[str, Callable[..., DiffusionModel]]] = {
    "enable": ("enabled", enable_model),
    "disable": ("disabled", disable_model),
    "warm": ("will be loaded by a worker that has nothing else to do", request_warming),
}


class Command(BaseCommand):
    help = "The models that pictures are made with: list them, switch them on or off, have them loaded ahead."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`list`, or an action and slugs."""
        parser.add_argument("action", choices=["list", *ACTIONS])
        parser.add_argument("slugs", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        del args
        if options["action"] == "list":
            for model in DiffusionModel.objects.all():
                self.stdout.write(
                    f"{model.slug}: {model.state}, {model.pipeline_class or 'of unknown kind'}, {model.source}"
                )
            return
        if not options["slugs"]:
            raise CommandError(f"Name the models to {options['action']}: `manage.py models list` tells them.")
        words, act = ACTIONS[options["action"]]
        for model in [self._model(slug) for slug in options["slugs"]]:
            try:
                act(model=model)
            except Problem as problem:
                raise CommandError(problem.detail) from problem
            self.stdout.write(f"{model.slug}: {words}")

    def _model(self, slug: str) -> DiffusionModel:
        model = DiffusionModel.objects.filter(slug=slug).first()
        if model is None:
            raise CommandError(
                f"There is no model {slug!r}; `manage.py models list` tells them. Nothing was changed."
            )
        return model
