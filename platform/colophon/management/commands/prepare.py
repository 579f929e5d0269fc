"""`manage.py prepare`: what has to be so before the processes start, in one process because each costs a second."""

import hashlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from api.errors import Problem
from colophon.checks import check_database
from generation.publishing.signing import claim_signer
from minting.chain_identity import check_chain, known_chain
from minting.models import Collection
from minting.rpc import client_for
from minting.signers import attester_address, signers_for
from provenance.keys import load_or_create_key

STAMP = ".collected"


class Command(BaseCommand):
    help = "Check, migrate, make keys and the first operator, read the configured models, collect the static files."

    def handle(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401 - the signature Django asks for
        call_command("check")
        for problem in check_database(databases=["default"]):
            raise CommandError(f"{problem.msg}\n{problem.hint}")
        call_command("migrate", interactive=False, verbosity=1)
        for signer in signers_for():
            self.stdout.write(f"Signer: {signer.address}")
        attester_address()
        claim_signer()
        load_or_create_key(settings.WATERMARK_KEY_FILE)
        self._compare_with_chains()
        self._ensure_admin()
        call_command("sync_models")
        self._collect_static()
        if not Collection.objects.filter(is_default=True, status=Collection.Status.READY).exists():
            self.stdout.write("There is no collection yet.")

    def _compare_with_chains(self) -> None:
        """Another chain than the database knows ends everything here; one that went back a little heals itself."""
        for config in settings.CHAINS:
            try:
                known_chain(client_for(config))
            except Problem as problem:
                raise CommandError("\n".join(check_chain(config.chain_id))) from problem
            for sentence in check_chain(config.chain_id):
                self.stdout.write(f"Note: {sentence}")

    def _ensure_admin(self) -> None:
        """The first person, who is curator and operator; nobody else is ever touched."""
        people = get_user_model().objects
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD", "")
        if not password or people.filter(username="admin").exists():
            return
        admin = people.create_superuser(username="admin", password=password)
        admin.groups.set(Group.objects.filter(name__in=["Curators", "Operators"]))

    def _collect_static(self) -> None:
        """Skipped while no static file changed since the last time: compressing them takes seconds."""
        stamp = Path(settings.STATIC_ROOT) / STAMP
        wanted = _fingerprint_of_static_files()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(wanted)


def _fingerprint_of_static_files() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
