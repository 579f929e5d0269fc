"""Let every signer of the pool mint in a collection."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api.errors import Problem
from minting.allowing import allow_signers
from minting.querysets import collection_named


class Command(BaseCommand):
    help = "Grant MINTER in a collection to all signers of its chain that lack it; the chain worker sends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("collection", help="slug or id")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Safe to run again."""
        try:
            granted = allow_signers(collection_named(options["collection"]))
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        self.stdout.write("\n".join(granted) or "All signers may mint in it already.")
