"""`manage.py reproduce <work>`: does the recipe give the same pixels again, alone, on this machine?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.engine.errors import EngineError
from generation.reproducing import NotReproducible, find_work, reproduce
from provenance.digests import to_hex


class Command(BaseCommand):
    """Draws one work again and compares the pixel hashes."""

    help = (
        "Draw a work again from its recipe, alone in the recipe's slots, and compare every pixel. Exits with 0 or 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("work", help="a work's id, or the sha256 of its file")

    def handle(self, *_: Any, work: str, **__: Any) -> None:  # noqa: ANN401 - Django's signature
        found = find_work(work)
        if found is None:
            raise CommandError(f"There is no work with the id or content hash {work}.")
        try:
            made = reproduce(found)
        except (NotReproducible, EngineError) as error:
            raise CommandError(error.detail) from error
        for name in sorted(set(made.class_there) | set(made.class_here)):
            there, here = made.class_there.get(name), made.class_here.get(name)
            self.stdout.write(f"{name:14} there {there} · here {here}")
        self.stdout.write(f"as drawn       there {to_hex(made.render_hash_there)}")
        self.stdout.write(f"as drawn       here  {to_hex(made.render_hash_here)}")
        self.stdout.write("equal: every pixel is the same" if made.is_equal else "not equal")
        if not made.is_equal:
            sys.exit(1)
