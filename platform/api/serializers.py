"""Shapes of keys and problems in JSON."""

from typing import Any

from rest_framework import serializers

from api.models import Scope


class KeySerializer(serializers.Serializer[Any]):
    """A key, without its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="the part of `ck_<prefix>_<secret>` that may be shown")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="to the minute")
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewKeySerializer(KeySerializer):
    """A key just made, with its text, which is shown this once and kept nowhere."""

    key = serializers.CharField(source="text", help_text="send it as `Authorization: Bearer <key>`")


class KeyRequestSerializer(serializers.Serializer[Any]):
    """The wish for a key."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=80)
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=10, help_text="`read`, `generate`, `mint`"
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class FieldErrorSerializer(serializers.Serializer[Any]):
    """One thing wrong with one field."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """An error, by RFC 9457. `code` is stable; `detail` is a sentence for people."""

    type = serializers.CharField(help_text="`urn:colophon:problem:<code>`")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment] # RFC 9457's extension, DRF's attribute
    request_id = serializers.CharField(help_text="also in the header X-Request-Id")
