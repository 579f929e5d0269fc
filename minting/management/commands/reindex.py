"""Rebuild the contracts' rows and the index of tokens from the chain alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from api.errors import Problem
from minting.chains import chain_config
from minting.indexer.blocks import ChainMovedError
from minting.indexer.models import Token
from minting.indexer.reindexing import IndexBusyError, reindex
from minting.models import Collection
from minting.rpc import RpcError


class Command(BaseCommand):
    help = "Forget what the index says of a chain, from a block on, and read it again: contracts, tokens, events."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which chain, and from where."""
        parser.add_argument("--chain", type=int, help="its id; without it, the first of CHAINS")
        parser.add_argument("--from-block", type=int, default=0, help="the first block to read again (0)")
        parser.add_argument(
            "--search",
            action="store_true",
            help="look for the platform's own collections and factories among all contracts, from that block on; "
            "done anyway when none is known",
        )

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Exits with an error when the chain cannot be read; what was read stays, and workers read on."""
        if options["from_block"] < 0:
            raise CommandError("--from-block must be 0 or more.")
        try:
            config = chain_config(options["chain"])
            events = reindex(chain_id=config.chain_id, from_block=options["from_block"], search=options["search"])
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        except RpcError as error:
            raise CommandError(f"The node answered with an error: {error.message}. Workers try again.") from error
        except ChainMovedError as error:
            raise CommandError("The chain changed while it was read. Run it again.") from error
        except IndexBusyError as error:
            raise CommandError(
                "Workers are reading this chain without a pause. Run it again, or stop them."
            ) from error
        collections = Collection.objects.filter(chain=config.chain_id).count()
        tokens = Token.objects.filter(collection__chain_id=config.chain_id).count()
        self.stdout.write(
            f"{config.name}: {events} events read, {collections} collections and {tokens} tokens known."
        )
