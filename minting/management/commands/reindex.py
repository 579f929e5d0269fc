"""Rebuild the index of tokens from the chain alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from api.errors import Problem
from minting.chains import chain_config
from minting.indexer.following import ChainMovedError, reindex
from minting.indexer.models import Token
from minting.rpc import RpcError


class Command(BaseCommand):
    help = "Forget what the index says of a chain, from a block on, and read it again from the chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which chain, and from where."""
        parser.add_argument("--chain", type=int, help="its id; without it, the first of CHAINS")
        parser.add_argument("--from-block", type=int, default=0, help="the first block to read again (0)")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Exits with an error when the chain cannot be read; what was read stays, and workers read on."""
        if options["from_block"] < 0:
            raise CommandError("--from-block must be 0 or more.")
        try:
            config = chain_config(options["chain"])
            events = reindex(chain_id=config.chain_id, from_block=options["from_block"])
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        except RpcError as error:
            raise CommandError(f"The node answered with an error: {error.message}. Workers try again.") from error
        except ChainMovedError as error:
            raise CommandError("The chain changed while it was read. Run it again.") from error
        tokens = Token.objects.filter(collection__chain_id=config.chain_id).count()
        self.stdout.write(f"{config.name}: {events} events read, {tokens} tokens known.")
