"""Shapes of people and sign-in in JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Person, SignInChallenge
from api.models import Scope
from api.permissions import key_in

STATEMENT = "Sign in to Colophon. This is free of charge and sends no transaction."


class ChallengeSerializer(serializers.Serializer[SignInChallenge]):
    """What goes into the EIP-4361 message that the wallet is asked to sign."""

    nonce = serializers.CharField(help_text="to be used once")
    domain = serializers.CharField(help_text="the message's domain, this site's host and port")
    uri = serializers.SerializerMethodField(help_text="the message's URI")
    chain_id = serializers.IntegerField(help_text="the message's chain id, whatever chain the wallet is on")
    statement = serializers.SerializerMethodField(help_text="the message's statement; any other will do")
    expires_at = serializers.DateTimeField(help_text="when the nonce ends; the message's expiration time")

    def get_uri(self, challenge: SignInChallenge) -> str:
        return f"{self.context['request'].scheme}://{challenge.domain}"

    def get_statement(self, _challenge: SignInChallenge) -> str:
        return STATEMENT


class WalletProofSerializer(serializers.Serializer[Any]):
    """A signed EIP-4361 message."""

    message = serializers.CharField(
        max_length=5000, trim_whitespace=False, help_text="the exact text the wallet signed"
    )
    signature = serializers.CharField(max_length=10_000, help_text="`0x…`, by EIP-191 personal_sign, or ERC-1271")


class WalletSerializer(serializers.Serializer[Any]):
    """A linked wallet."""

    address = serializers.CharField(help_text="EIP-55 checksummed")
    verified_at = serializers.DateTimeField()


class PersonSerializer(serializers.Serializer[Person]):
    """Who is calling, and with what rights."""

    id = serializers.UUIDField()
    name = serializers.SerializerMethodField(help_text="as shown on pages")
    username = serializers.CharField()
    wallets = serializers.SerializerMethodField(help_text="the first one is the creator in attestations")
    scopes = serializers.SerializerMethodField(help_text="what this call's key or session may do")
    created_at = serializers.DateTimeField(source="date_joined")

    def get_name(self, person: Person) -> str:
        return str(person)

    @extend_schema_field(WalletSerializer(many=True))
    def get_wallets(self, person: Person) -> Any:  # noqa: ANN401 - a serializer's own data
        return WalletSerializer(person.wallets.order_by("verified_at", "id"), many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices)))
    def get_scopes(self, _person: Person) -> list[str]:
        key = key_in(self.context["request"])
        return list(Scope.values) if key is None else list(key.scopes)
