"""`manage.py verify`: what the verify page says, in a terminal."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api.errors import InvalidInput
from verification.naming import content_hash_named
from verification.services import Report, verify_content_hash, verify_file


class Command(BaseCommand):
    help = "Check a picture’s file, or what a hash, token, transaction or address names, layer by layer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to check."""
        parser.add_argument("what", help="a file, or something that names a work")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Exits with an error when nothing is known of it, or when it cannot be checked."""
        try:
            report = _checked(options["what"])
        except InvalidInput as problem:
            raise CommandError(problem.detail) from problem
        for layer in report.layers:
            self.stdout.write(f"{layer.state.replace('_', ' '):15} {layer.name:13} {layer.sentence}")
        self.stdout.write(f"\n{report.verdict}: {report.sentence}")
        if report.verdict == "unknown":
            raise CommandError("unknown", returncode=1)


def _checked(what: str) -> Report:
    path = Path(what)
    return verify_file(path.read_bytes()) if path.is_file() else verify_content_hash(content_hash_named(what))
