"""Wallets that sign, for the tests of signing in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from accounts.models import SignInChallenge
from accounts.services import issue_challenge

DOMAIN, CHAIN_ID = "testserver", 31337


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A message and its signature."""

    message: str
    signature: str


def sign_in_message(
    *,
    address: str,
    nonce: str,
    domain: str = DOMAIN,
    uri: str | None = None,
    chain_id: int = CHAIN_ID,
    issued_at: datetime | None = None,
    expires_in: timedelta = timedelta(minutes=5),
    not_before: datetime | None = None,
) -> str:
    """An EIP-4361 message, written out here and not by the library that checks it."""
    now = timezone.now()
    lines = [
        f"{domain} wants you to sign in with your Ethereum account:",
        address,
        "",
        "Sign in to Colophon. This is free of charge and sends no transaction.",
        "",
        f"URI: {uri or f'http://{domain}'}",
        "Version: 1",
        f"Chain ID: {chain_id}",
        f"Nonce: {nonce}",
        f"Issued At: {_rfc3339(issued_at or now)}",
        f"Expiration Time: {_rfc3339(now + expires_in)}",
    ]
    return "\n".join(lines + ([f"Not Before: {_rfc3339(not_before)}"] if not_before else []))


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def wallet() -> LocalAccount:
    account: LocalAccount = Account.create()
    return account


@pytest.fixture
def challenge(db: None) -> SignInChallenge:
    return issue_challenge(domain=DOMAIN, chain_id=CHAIN_ID)


@pytest.fixture
def sign(wallet: LocalAccount) -> Callable[[str], Signed]:
    """The wallet's personal_sign (EIP-191)."""

    def signed(message: str) -> Signed:
        signature = Account.sign_message(encode_defunct(text=message), private_key=wallet.key).signature
        return Signed(message=message, signature="0x" + bytes(signature).hex())

    return signed


@pytest.fixture
def proof(
    challenge: SignInChallenge, wallet: LocalAccount, sign: Callable[[str], Signed]
) -> Callable[..., dict[str, str]]:
    """A signed message that holds, but for what the test changes."""

    def made(**changes: object) -> dict[str, str]:
        signed = sign(sign_in_message(**{"address": wallet.address, "nonce": challenge.nonce, **changes}))  # type: ignore[arg-type] # a test names the fields it changes
        return {"message": signed.message, "signature": signed.signature}

    return made
