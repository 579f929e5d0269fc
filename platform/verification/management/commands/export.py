"""`manage.py export`: works with everything that proves them, as a zip that can be checked offline."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Person
from generation.models import Work
from verification.bundle.exporting import export_works


class Command(BaseCommand):
    help = "Write works, recipes, attestations, token descriptions and a stand-alone verifier into a zip."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose works, and where to."""
        parser.add_argument("zip", type=Path, help="the file to write; it must not exist yet")
        parser.add_argument("--user", help="only this person's works, and with her private prompts")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Writes beside the target and renames: a half export never has the name of a whole one."""
        target: Path = options["zip"]
        if target.exists():
            raise CommandError(f"{target} is there already. Nothing was written; choose another name.")
        works = Work.objects.all()
        if options["user"]:
            works = works.filter(person=_person(options["user"]))
        draft = target.with_name(f".{target.name}.part")
        try:
            with draft.open("wb") as file:
                for piece in export_works(works, with_private_prompts=bool(options["user"])):
                    file.write(piece)
            draft.rename(target)
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        finally:
            draft.unlink(missing_ok=True)
        self.stdout.write(f"{works.count()} works in {target}. Unpack it and run: python3 verify.py")


def _person(name: str) -> Person:
    try:
        return Person.objects.get_by_natural_key(name)
    except Person.DoesNotExist as error:
        raise CommandError(f"There is nobody called {name!r} here.") from error
