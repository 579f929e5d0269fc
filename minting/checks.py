"""System checks of minting, with stable ids.

E001 no chain configured (with `--deploy`) · E002 unusable signer key · E003 unusable attester key
· E004 a chain twice, or without an RPC address · E005 wrong chain, or one that disagrees with the
database (with `--database default`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from minting.chain_identity import check_chain
from minting.chains import ChainConfig
from minting.models import Chain
from provenance.keys import UnusableKey, load_key


@register(deploy=True)
def there_is_a_chain(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """E001"""
    if settings.CHAINS:
        return []
    return [Error("No chain is configured, so nothing can be minted.", hint="Set CHAINS.", id="minting.E001")]


@register(Tags.security)
def keys_are_usable(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """E002, E003: a key file that is not there yet is fine, it is made on first use."""
    files: tuple[tuple[str, Path, str], ...] = (
        ("SIGNER_KEY_FILE", settings.SIGNER_KEY_FILE, "minting.E002"),
        ("ATTESTER_KEY_FILE", settings.ATTESTER_KEY_FILE, "minting.E003"),
    )
    problems = []
    for name, path, check_id in files:
        if path.exists():
            try:
                load_key(path)
            except UnusableKey as error:
                problems.append(Error(str(error), hint=f"Mend the file, or point {name} elsewhere.", id=check_id))
    return problems


@register
def chains_make_sense(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """E004"""
    chains: tuple[ChainConfig, ...] = settings.CHAINS
    ids = [config.chain_id for config in chains]
    problems = [
        f"Chain {config.chain_id} ({config.name}) has no RPC address." for config in chains if not config.rpc_urls
    ]
    problems += [
        f"Chain {chain_id} is configured more than once." for chain_id in sorted(set(ids)) if ids.count(chain_id) > 1
    ]
    return [Error(problem, hint="Correct CHAINS.", id="minting.E004") for problem in problems]


@register(Tags.database)
def chain_and_database_agree(*, databases: Sequence[str] | None = None, **_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """E005. Needs the chain and the database, so it runs only when asked."""
    if not databases or Chain._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001 - Django's own API
        return []
    found: list[CheckMessage] = []
    for config in settings.CHAINS:
        found += [Error(sentence, id="minting.E005") for sentence in check_chain(config.chain_id)]
    return found
