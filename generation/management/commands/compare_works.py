"""`manage.py compare_works`: hashes and look-alikes of works that have none yet, or with `--again` of all."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from generation import comparing


class Command(BaseCommand):
    help = "Compute missing hashes and search for look-alikes. Safe to be stopped and run again; works never change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="throw all hashes away first and start anew")

    def handle(self, *_args: Any, again: bool, **_options: Any) -> None:  # noqa: ANN401 - the signature Django asks for
        if again:
            self.stdout.write(f"{comparing.forget_hashes()} works wait to be compared anew.")
        total = 0
        while done := comparing.compare_waiting_works():
            total += done
            self.stdout.write(f"{total} works compared.")
        self.stdout.write(f"Done: {total} works compared, none waits.")
