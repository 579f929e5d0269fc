"""Which signers there are: those of the setting `SIGNERS`, or the key file that is made on first start."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from eth_account import Account

from minting.signers.interface import Signer
from minting.signers.kms import AwsKms, GcpKms, KmsSigner
from minting.signers.local import KeyFileSigner, KeystoreSigner
from minting.signers.web3signer import Web3SignerSigner
from provenance.keys import load_or_create_key


def _keystore(*, path: str, password_file: str | None = None, password_variable: str | None = None) -> Signer:
    if (password_file is None) == (password_variable is None):
        raise TypeError("a keystore needs password_file or password_variable")
    return KeystoreSigner(
        Path(path), password_file=Path(password_file) if password_file else None, password_variable=password_variable
    )


KINDS: dict[str, Callable[..., Signer]] = {
    "key_file": lambda *, path: KeyFileSigner(Path(path)),
    "keystore": _keystore,
    "web3signer": lambda *, url, public_key: Web3SignerSigner(url, public_key=public_key),
    "aws_kms": lambda *, key_id, region=None: KmsSigner(AwsKms(key_id=key_id, region=region)),
    "gcp_kms": lambda *, name: KmsSigner(GcpKms(name=name)),
}


@cache
def _signer_of(entry: str) -> Signer:
    fields: dict[str, Any] = json.loads(entry)
    fields.pop("chains", None)
    kind = fields.pop("kind", None)
    if kind not in KINDS:
        raise ImproperlyConfigured(f"SIGNERS names the kind {kind!r}; there are {', '.join(KINDS)}.")
    try:
        return KINDS[kind](**fields)
    except TypeError as error:
        raise ImproperlyConfigured(f"SIGNERS: an entry of kind {kind} is wrong: {error}.") from error


def _entries(chain_id: int | None) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = settings.SIGNERS or [{"kind": "key_file", "path": str(settings.SIGNER_KEY_FILE)}]
    return [entry for entry in entries if chain_id is None or chain_id in entry.get("chains", [chain_id])]


def signers_for(chain_id: int | None = None) -> list[Signer]:
    """The signers of a chain, in the order of the setting. Raises ImproperlyConfigured when there is none.

    Raises provenance.keys.UnusableKey for a key file that cannot be used.
    """
    found = [_signer_of(json.dumps(entry, sort_keys=True)) for entry in _entries(chain_id)]
    if not found:
        raise ImproperlyConfigured(f"SIGNERS has no signer for chain {chain_id}.")
    return found


def platform_signer(chain_id: int | None = None) -> Signer:
    """The first signer: it deploys collections and is their MINTER. Raises as `signers_for` does."""
    return signers_for(chain_id)[0]


def attester_address() -> str:
    """The address whose attestations new collections trust. Raises provenance.keys.UnusableKey."""
    return str(Account.from_key(load_or_create_key(settings.ATTESTER_KEY_FILE)).address)
