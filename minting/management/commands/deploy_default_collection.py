"""Deploy the platform's collection and the factory of people's own collections on a chain, each once."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api.errors import Problem
from minting.chains import ChainConfig, chain_config
from minting.deploying import ensure_factory
from minting.engine.driving import drive
from minting.models import Collection, Factory
from minting.services import deploy_collection


class Command(BaseCommand):
    help = (
        "Deploy the platform's collection and the factory on a chain unless they are there; prints the collection as "
        "JSON. The first chain's is the default collection."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="drive the chain until the collection is ready")
        parser.add_argument("--timeout", type=float, default=120, help="seconds to wait at most")
        parser.add_argument("--chain", type=int, help="id of a chain in CHAINS; the first by default")
        parser.add_argument("--slug", help="first-light by default, with the chain's id behind on further chains")
        parser.add_argument("--name", default="First light")
        parser.add_argument("--symbol", default="LIGHT")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Idempotent: a collection that is there, also one that is being deployed, is taken as it is."""
        chain = chain_config(options["chain"])
        collection = _platforms(chain)
        if collection is None:
            further = chain != chain_config()
            try:
                collection = deploy_collection(
                    slug=options["slug"] or (f"first-light-{chain.chain_id}" if further else "first-light"),
                    name=options["name"],
                    symbol=options["symbol"],
                    chain_id=chain.chain_id,
                    is_default=not further,
                )
            except Problem as problem:
                # Another process may have been faster.
                collection = _platforms(chain)
                if collection is None:
                    raise CommandError(problem.detail) from problem
        try:
            factory = ensure_factory(chain_id=collection.chain_id)
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        if options["wait"]:
            self._wait(collection, factory, options["timeout"])
        self.stdout.write(
            json.dumps(
                {
                    "slug": collection.slug,
                    "address": collection.address,
                    "chain_id": collection.chain_id,
                    "status": collection.status,
                }
            )
        )

    def _wait(self, collection: Collection, factory: Factory, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while collection.status == Collection.Status.DEPLOYING or factory.deployment.succeeded is None:
            drive()
            collection.refresh_from_db()
            factory.deployment.refresh_from_db()
            if time.monotonic() > deadline:
                reason = collection.deployment.last_error if collection.deployment else ""
                raise CommandError(f"The collection is not deployed after {seconds:g} s. {reason} Then start again.")
            if collection.status == Collection.Status.DEPLOYING or factory.deployment.succeeded is None:
                time.sleep(0.2)
        if collection.status == Collection.Status.FAILED:
            raise CommandError("The deployment was reverted; see the transaction in the admin panel.")


def _platforms(chain: ChainConfig) -> Collection | None:
    """The platform's collection on a chain: on the first one the default, wherever that was deployed once."""
    if chain == chain_config():
        return Collection.objects.filter(is_default=True).first()
    found = Collection.objects.filter(chain=chain.chain_id, owner=None, factory=None).exclude(
        status=Collection.Status.FAILED
    )
    return found.order_by("created_at").first()
