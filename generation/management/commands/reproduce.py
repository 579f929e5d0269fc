"""`manage.py reproduce <work>`: does the recipe give the same pixels again, alone, on this machine?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Person
from api.errors import Problem
from generation.engine.errors import EngineError
from generation.models import Rerun, RerunRecord, Work
from generation.reproducing import find_work, reproduce
from generation.reruns.asking import ask_for_rerun
from generation.reruns.running import run_here
from provenance.digests import to_hex


class Command(BaseCommand):
    """Draws one work again and compares the pixel hashes."""

    help = (
        "Draw a work again from its recipe, alone in the recipe's slots, and compare every pixel. Exits with 0 or 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("work", help="a work's id, or the sha256 of its file")
        parser.add_argument(
            "--record", action="store_true", help="in whichever class this machine has, and sign what came out"
        )
        parser.add_argument(
            "--ask", metavar="USER", help="have a worker do so: as a job of this person, the maker or a curator"
        )

    def handle(self, *_: Any, work: str, record: bool, ask: str | None, **__: Any) -> None:  # noqa: ANN401 - Django's signature
        found = find_work(work)
        if found is None:
            raise CommandError(f"There is no work with the id or content hash {work}.")
        try:
            if ask is not None:
                self._ask(found, ask)
            elif record:
                self._record(found)
            else:
                self._compare(found)
        except (Problem, EngineError) as error:
            raise CommandError(error.detail) from error

    def _ask(self, work: Work, name: str) -> None:
        person = Person.objects.filter(username=name).first()
        if person is None:
            raise CommandError(f"There is nobody called {name}.")
        rerun = ask_for_rerun(person=person, work=work, kind=Rerun.Kind.REPRODUCE)
        self.stdout.write(f"queued: job {rerun.job_id}; its record will be on the work's page")

    def _record(self, work: Work) -> None:
        made = run_here(Rerun(work=work, kind=Rerun.Kind.REPRODUCE))
        message = made.document["message"]
        for name in ("renderHash", "pdqDistance", "psnrHundredths", "sameClass"):
            self.stdout.write(f"{name:14} {message[name]}")
        self.stdout.write(f"{made.get_result_display()}, signed by {made.document['attester']}")
        if made.result == RerunRecord.Result.DIFFERS:
            sys.exit(1)

    def _compare(self, work: Work) -> None:
        made = reproduce(work)
        for name in sorted(set(made.class_there) | set(made.class_here)):
            there, here = made.class_there.get(name), made.class_here.get(name)
            self.stdout.write(f"{name:14} there {there} · here {here}")
        self.stdout.write(f"as drawn       there {to_hex(made.render_hash_there)}")
        self.stdout.write(f"as drawn       here  {to_hex(made.render_hash_here)}")
        self.stdout.write("equal: every pixel is the same" if made.is_equal else "not equal")
        if not made.is_equal:
            sys.exit(1)
