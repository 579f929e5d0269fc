"""`manage.py apikey create|list|revoke`: keys from the operator's command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import names
from accounts.models import Person
from api.errors import Problem
from api.models import ApiKey, Scope
from api.services import create_key, revoke_key


class Command(BaseCommand):
    """Make, list and revoke API keys."""

    help = "Makes, lists and revokes API keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a key; its text is printed once, alone on stdout")
        create.add_argument("--user", required=True, help="name of the person the key belongs to")
        create.add_argument("--scopes", required=True, help=f"comma-separated, of: {', '.join(Scope.values)}")
        create.add_argument("--name", default="", help="what the key is for")
        create.add_argument("--create-user", action="store_true", help="make the person if there is none")
        listing = actions.add_parser("list", help="list keys")
        listing.add_argument("--user", help="only this person's")
        revoke = actions.add_parser("revoke", help="revoke a key")
        revoke.add_argument("prefix", help="the key's prefix, as `apikey list` shows it; `ck_<prefix>` will do")

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        try:
            {"create": self._create, "list": self._list, "revoke": self._revoke}[options["action"]](options)
        except Problem as problem:
            raise CommandError(problem.detail) from problem

    def _create(self, options: dict[str, Any]) -> None:
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        unknown = sorted(set(scopes) - set(Scope.values))
        if unknown or not scopes:
            raise CommandError(
                f"Unknown scope: {', '.join(unknown) or 'none given'}. Known: {', '.join(Scope.values)}."
            )
        person = _person(options["user"], create=options["create_user"])
        key, text = create_key(person=person, scopes=scopes, name=options["name"])
        self.stderr.write(f"A key for {person.username} ({', '.join(key.scopes)}). It is shown this once:")
        self.stdout.write(text)

    def _list(self, options: dict[str, Any]) -> None:
        keys = ApiKey.objects.select_related("person")
        if options["user"]:
            keys = keys.filter(person=_person(options["user"], create=False))
        for key in keys:
            state = "revoked" if key.revoked_at else "open"
            used = key.last_used_at.isoformat(timespec="minutes") if key.last_used_at else "never used"
            fields = [f"ck_{key.prefix}", key.person.username, ",".join(key.scopes), state, used, key.name]
            self.stdout.write("\t".join(fields))

    def _revoke(self, options: dict[str, Any]) -> None:
        prefix = options["prefix"].removeprefix("ck_").split("_")[0]
        key = ApiKey.objects.filter(prefix=prefix).first()
        if key is None:
            raise CommandError(f"There is no key with the prefix {prefix}. `apikey list` shows them.")
        revoke_key(key=key)
        self.stdout.write(f"ck_{key.prefix} is revoked.")


def _person(name: str, *, create: bool) -> Person:
    """The person of this name. Raises CommandError when there is none, or the name breaks a rule."""
    person = Person.objects.filter(username=names.normalise(name)).first()
    if person is not None:
        return person
    if not create:
        raise CommandError(f"There is nobody named {name}. Add --create-user to make them.")
    error = names.error_in(name)
    if error is not None:
        raise CommandError(error.detail)
    return Person.objects.create_user(username=name, password=None, display_name=name)
