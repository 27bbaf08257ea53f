"""Events of the audit log as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class AuditEventRow(serializers.Serializer[Any]):
    """An event: when, who (a pseudonym, with the name while the account exists), what, on what."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor_kind = serializers.CharField(help_text="account, anonymous, command or system.")
    actor = serializers.CharField(help_text="An account's pseudonym, or a command's operating system user.")
    actor_name = serializers.CharField(help_text="Of the account; empty when it is deleted.")
    token = serializers.IntegerField(allow_null=True, help_text="The number of the API token.")
    network = serializers.CharField(help_text="A keyed hash of the client's network address.")
    action = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.CharField()
    before = serializers.DictField()
    after = serializers.DictField()
