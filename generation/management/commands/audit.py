"""`manage.py audit <work>`: run one step of a work again, here, and check it against what was committed to."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.errors import Problem
from generation.engine.errors import EngineError
from generation.models import Rerun, RerunRecord
from generation.reproducing import find_work
from generation.reruns.asking import nonce_columns, refuse_unauditable
from generation.reruns.running import run_here
from provenance.digests import from_hex


class Command(BaseCommand):
    """Opens one step that chance chooses, runs it again, and signs what came out."""

    help = (
        "Run one step of a work again on this machine and compare it with the trajectory that was committed to. "
        "The result is signed and kept with the work. Exits with 0, or with 1 when it differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("work", help="a work's id, or the sha256 of its file")
        parser.add_argument("--nonce", help="32 bytes of your own, hexadecimal, that choose the step")

    def handle(self, *_: Any, work: str, nonce: str | None, **__: Any) -> None:  # noqa: ANN401 - Django's signature
        found = find_work(work)
        if found is None:
            raise CommandError(f"There is no work with the id or content hash {work}.")
        try:
            refuse_unauditable(found)
            columns = nonce_columns(Rerun.Kind.AUDIT, None if nonce is None else from_hex(nonce))
            record = run_here(Rerun(work=found, kind=Rerun.Kind.AUDIT, **columns))
        except (Problem, EngineError) as error:
            raise CommandError(error.detail) from error
        except ValueError as error:
            raise CommandError(f"The nonce is not hexadecimal: {error}.") from error
        self._say(record)
        if record.result == RerunRecord.Result.DIFFERS:
            sys.exit(1)

    def _say(self, record: RerunRecord) -> None:
        message = record.document["message"]
        for name in ("nonce", "transition", "leaves", "expected", "found", "errorBillionths"):
            self.stdout.write(f"{name:16} {message[name]}")
        self.stdout.write(f"{record.get_result_display()}, signed by {record.document['attester']}")
