"""Checking an EIP-4361 message: everything but the use of its nonce, which is a write.

Contract wallets (ERC-1271, and ERC-6492 for those not deployed yet) are asked through the configured chain's RPC.
"""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from eth_utils.address import to_checksum_address
from siwe import (
    ChainIdMismatch,
    InvalidSignature,
    SiweMessage,
    is_eip6492_signature,
)
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception

from accounts.errors import SignInRefused
from accounts.models import SignInChallenge
from api.errors import Unavailable

LONGEST_MESSAGE = 1500
"""characters; ours has about 350, and the grammar's parser takes time that grows with the square of the length"""
LONGEST_SIGNATURE = 8192
"""characters of hex; contract wallets concatenate their owners' signatures"""
CLOCK_SKEW = timedelta(minutes=5)
"""how far a wallet's clock may run ahead of ours"""
RPC_TIMEOUT_SECONDS = 5
_FIRST_LINES = re.compile(r"[^\n]+ wants you to sign in with your Ethereum account:\n0x[0-9a-fA-F]{40}\n\n")
_SIGNATURE = re.compile(r"0x([0-9a-fA-F]{2})*")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Proven:
    """What a good message proves: that the holder of `address` (EIP-55) signed it, with this nonce."""

    address: str
    nonce: str


def check_message(*, message: str, signature: str, domain: str) -> Proven:
    """Check that a message is ours, is timely, and was signed by the address it names.

    Raises SignInRefused with the code that fits; Unavailable when a contract wallet cannot be asked.
    """
    parsed = _parse(message)
    challenge = _challenge_of(parsed)
    now = timezone.now()
    _check_place(parsed, challenge=challenge, domain=domain)
    _check_times(parsed, challenge=challenge, now=now)
    _check_signature(parsed, signature=signature, now=now)
    return Proven(address=to_checksum_address(parsed.address), nonce=parsed.nonce)


def _parse(message: str) -> SiweMessage:
    text = message.replace("\r\n", "\n")
    if len(text) > LONGEST_MESSAGE or not _FIRST_LINES.match(text):
        raise _malformed()
    try:
        parsed = SiweMessage.from_message(text)
    except ValueError as error:
        raise _malformed() from error
    # What is checked must be exactly what was signed.
    if parsed.prepare_message() != text:
        raise _malformed()
    return parsed


def _malformed() -> SignInRefused:
    detail = "This is not a Sign-In with Ethereum message (EIP-4361). Ask for a new one and sign it unchanged."
    return SignInRefused(detail, code="malformed_message")


def _challenge_of(parsed: SiweMessage) -> SignInChallenge:
    challenge = SignInChallenge.objects.filter(nonce=parsed.nonce).first()
    if challenge is None:
        raise SignInRefused("This site did not hand out the message's nonce. Start again.", code="unknown_nonce")
    if challenge.used_at is not None:
        detail = "This sign-in message was used already. Nothing was changed; ask for a new one and sign that."
        raise SignInRefused(detail, code="used_nonce")
    return challenge


def _check_place(parsed: SiweMessage, *, challenge: SignInChallenge, domain: str) -> None:
    """The message must speak of this site and of the chain its nonce was made for."""
    uri = urlsplit(str(parsed.uri))
    here = {domain.lower()}
    if {parsed.domain.lower(), uri.netloc.lower(), challenge.domain.lower()} != here or uri.scheme not in {
        "http",
        "https",
    }:
        there = next((place for place in (parsed.domain, uri.netloc) if place.lower() not in here), challenge.domain)
        detail = f"The message signs in to {there}, and this is {domain}. If you did not mean that, beware."
        raise SignInRefused(detail, code="wrong_domain")
    if parsed.chain_id != challenge.chain_id:
        detail = f"The message is for chain {parsed.chain_id}; this sign-in was asked for on {challenge.chain_id}."
        raise SignInRefused(detail, code="wrong_chain")


def _check_times(parsed: SiweMessage, *, challenge: SignInChallenge, now: datetime) -> None:
    expires_at = _time(parsed.expiration_time) or challenge.expires_at
    if min(expires_at, challenge.expires_at) <= now:
        raise SignInRefused("The sign-in message has expired. Ask for a new one and sign that.", code="expired")
    not_before, issued_at = _time(parsed.not_before), _time(parsed.issued_at)
    if (not_before and not_before > now) or (issued_at and issued_at > now + CLOCK_SKEW):
        detail = "The sign-in message holds only from a later time on. Check your clock and sign a new one."
        raise SignInRefused(detail, code="not_yet_valid")


def _time(text: str | None) -> datetime | None:
    """An RFC 3339 time of a parsed message; the grammar was checked, but not that the day exists."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise _malformed() from error


def _check_signature(parsed: SiweMessage, *, signature: str, now: datetime) -> None:
    if len(signature) > LONGEST_SIGNATURE or not _SIGNATURE.fullmatch(signature):
        raise SignInRefused("The signature is not hexadecimal text starting with 0x.", code="bad_signature")
    try:
        parsed.verify(signature, timestamp=now)
    except InvalidSignature as error:
        if not _contract_wallet_signed(parsed, signature=signature, now=now):
            detail = f"The signature is not by {parsed.address}. Sign in with the wallet the message names."
            raise SignInRefused(detail, code="bad_signature") from error


def _contract_wallet_signed(parsed: SiweMessage, *, signature: str, now: datetime) -> bool:
    """Ask the contract at the address, if there is one, through the first RPC address that answers.

    Raises Unavailable when none does.
    """
    chain = next((chain for chain in settings.CHAINS if chain.chain_id == parsed.chain_id), None)
    if chain is None:
        return False
    for rpc_url in chain.rpc_urls:
        try:
            return _contract_says_yes(parsed, signature=signature, now=now, rpc_url=rpc_url)
        except (OSError, Web3Exception, ChainIdMismatch) as error:
            # requests' exceptions are OSErrors. The address may hold a key, so it stays out of the log.
            logger.warning("an RPC address of chain %s is of no use: %s", chain.chain_id, type(error).__name__)
    detail = (
        f"The signature is not by {parsed.address} itself, and whether a contract wallet there accepts it cannot be "
        f"told: {chain.name} does not answer. Nothing was changed; try again in a minute."
    )
    raise Unavailable(detail, code="chain_unavailable")


def _contract_says_yes(parsed: SiweMessage, *, signature: str, now: datetime, rpc_url: str) -> bool:
    provider = HTTPProvider(
        rpc_url, request_kwargs={"timeout": RPC_TIMEOUT_SECONDS}, exception_retry_configuration=None
    )
    address = to_checksum_address(parsed.address)
    if not is_eip6492_signature(signature) and not Web3(provider).eth.get_code(address):
        return False
    try:
        parsed.verify(signature, timestamp=now, provider=provider)
    except InvalidSignature:
        return False
    return True
