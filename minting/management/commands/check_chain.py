"""Do the chain and the database agree?"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from minting.chain_identity import check_chain


class Command(BaseCommand):
    help = "Say in plain sentences what is wrong between the configured chains and the database, if anything."

    def handle(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401 - Django's signature
        """Exits with an error when something is wrong."""
        sentences = [sentence for config in settings.CHAINS for sentence in check_chain(config.chain_id)]
        if sentences:
            raise CommandError("\n".join(sentences))
        self.stdout.write("The chain and the database agree.")
