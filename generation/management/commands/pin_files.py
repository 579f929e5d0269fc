"""`manage.py pin_files`: what is wanted on the IPFS node, and with `--again` also what is there or was refused."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.ipfs import kubo, pinning
from generation.models import Pin


class Command(BaseCommand):
    help = "Give the IPFS node every file that tokens and approved works need, now. Safe to be run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="send everything again, refused files too")
        parser.add_argument(
            "--check", action="store_true", help="ask the node for each pinned file; re-send the lost"
        )

    def handle(self, *_args: Any, again: bool, check: bool, **_options: Any) -> None:  # noqa: ANN401 - Django's
        if not settings.IPFS_API:
            raise CommandError("No IPFS node is configured: set IPFS_API, for example http://127.0.0.1:5001")
        self.stdout.write(f"{pinning.want_everything()} files newly wanted.")
        if again:
            for pin in Pin.objects.exclude(state=Pin.State.WANTED):
                pinning.pin_again(pin=pin)
        elif check:
            self.stdout.write(f"{self._lost()} pinned files are no longer on the node.")
        total = 0
        while taken := pinning.pin_waiting_files():
            total += taken
        failed = Pin.objects.exclude(state=Pin.State.PINNED).count()
        self.stdout.write(f"{total} files pinned; {failed} wait or were refused (see Pins in the admin panel).")

    def _lost(self) -> int:
        lost = 0
        for pin in Pin.objects.filter(state=Pin.State.PINNED).select_related("file"):
            try:
                there = kubo.is_pinned(pin.file.cid)
            except kubo.KuboError as error:
                raise CommandError(f"The node cannot be asked: {error}") from error
            if not there:
                pinning.pin_again(pin=pin)
                lost += 1
        return lost
