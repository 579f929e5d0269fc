"""Writes about people and their wallets."""

from accounts.models import Person, SignInChallenge, Wallet


def sign_up(*, username: str, password: str) -> Person:
    """Make a person who signs in with a name and a password. Raises InvalidInput, NameTaken."""
    raise NotImplementedError


def issue_challenge(*, domain: str, chain_id: int) -> SignInChallenge:
    """A fresh single-use nonce for an EIP-4361 message, valid for ten minutes."""
    raise NotImplementedError


def sign_in_with_wallet(*, message: str, signature: str, domain: str) -> Person:
    """Check an EIP-4361 message (domain, chain, nonce, times, signature; ERC-1271 too) and use up its nonce.

    The person whose wallet it is, made on first sight. Raises SignInRefused.
    """
    raise NotImplementedError


def link_wallet(*, person: Person, message: str, signature: str, domain: str) -> Wallet:
    """The same check, adding the wallet to a signed-in person. Raises SignInRefused, WalletTaken."""
    raise NotImplementedError
