"""Writes about people and their wallets."""

from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from siwe import generate_nonce

from accounts import names
from accounts.errors import NameTaken, SignInRefused, WalletTaken
from accounts.models import Person, SignInChallenge, Wallet
from accounts.sign_in_messages import check_message
from api.errors import FieldError, InvalidInput

CHALLENGE_LIFETIME = timedelta(minutes=10)
CHALLENGE_KEPT = timedelta(days=1)
"""after its end, so that a late replay is told that it is one"""


def sign_up(*, username: str, password: str) -> Person:
    """Make a person who signs in with a name and a password.

    The name is shown as typed and compared case-folded. Raises InvalidInput, NameTaken.
    """
    errors = [error for error in [names.error_in(username)] if error]
    errors += _password_errors(username=username, password=password)
    if errors:
        raise InvalidInput(" ".join(error.detail for error in errors), errors=errors)
    try:
        with transaction.atomic():
            return Person.objects.create_user(username=username, password=password, display_name=username)
    except IntegrityError as error:
        # Two people may ask for one name at the same moment: only the unique column decides.
        detail = f"The name {username} is taken. Choose another, or sign in if it is yours."
        raise NameTaken(detail, errors=[FieldError(field="username", code="name_taken", detail=detail)]) from error


def _password_errors(*, username: str, password: str) -> list[FieldError]:
    try:
        validate_password(password, Person(username=username))
    except ValidationError as error:
        return [
            FieldError(field="password", code=item.code or "invalid", detail=" ".join(item.messages))
            for item in error.error_list
        ]
    return []


def issue_challenge(*, domain: str, chain_id: int) -> SignInChallenge:
    """A fresh single-use nonce for an EIP-4361 message, valid for ten minutes. Sweeps out those long over."""
    SignInChallenge.objects.filter(expires_at__lt=timezone.now() - CHALLENGE_KEPT).delete()
    return SignInChallenge.objects.create(
        nonce=generate_nonce(),
        domain=domain,
        chain_id=chain_id,
        expires_at=timezone.now() + CHALLENGE_LIFETIME,
    )


@transaction.atomic
def sign_in_with_wallet(*, message: str, signature: str, domain: str) -> Person:
    """Check an EIP-4361 message (domain, chain, nonce, times, signature; ERC-1271 too) and use up its nonce.

    The person whose wallet it is, made on first sight. Raises SignInRefused; Unavailable when only the chain could
    tell whether a contract wallet signed, and it does not answer.
    """
    proven = check_message(message=message, signature=signature, domain=domain)
    _use_up(proven.nonce)
    wallet = Wallet.objects.select_related("person").with_address(proven.address).first()
    person = wallet.person if wallet else _person_of_new_wallet(proven.address)
    if not person.is_active:
        raise SignInRefused("This account has been closed.", code="inactive_person")
    return person


@transaction.atomic
def link_wallet(*, person: Person, message: str, signature: str, domain: str) -> Wallet:
    """The same check, adding the wallet to a signed-in person; one she already has is returned.

    Raises SignInRefused, WalletTaken, Unavailable; then the nonce is still unused.
    """
    proven = check_message(message=message, signature=signature, domain=domain)
    _use_up(proven.nonce)
    try:
        with transaction.atomic():
            return Wallet.objects.create(person=person, address=proven.address)
    except IntegrityError as error:
        wallet = Wallet.objects.with_address(proven.address).get()
        if wallet.person_id != person.pk:
            detail = f"The wallet {proven.address} belongs to another person here. Sign in with it instead."
            raise WalletTaken(detail) from error
        return wallet


def _use_up(nonce: str) -> None:
    """Mark the challenge as used: exactly one caller succeeds, whoever holds the same signed message."""
    now = timezone.now()
    used = SignInChallenge.objects.filter(nonce=nonce, used_at=None, expires_at__gt=now).update(used_at=now)
    if not used:
        detail = "This sign-in message was used already. Nothing was changed; ask for a new one and sign that."
        raise SignInRefused(detail, code="used_nonce")


def _person_of_new_wallet(address: str) -> Person:
    """Make the person behind a wallet seen for the first time.

    Two sign-ins of the same new wallet may race: the loser of the unique address takes the winner's person.
    """
    try:
        with transaction.atomic():
            person = Person.objects.create_user(
                username=address, password=None, display_name=f"{address[:6]}…{address[-4:]}"
            )
            Wallet.objects.create(person=person, address=address)
            return person
    except IntegrityError:
        return Wallet.objects.select_related("person").with_address(address).get().person
