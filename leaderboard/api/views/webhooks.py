"""Webhooks of the own account and its organisations: create, change, test, and read their deliveries."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries
from evals.acting import Scope
from evals.models import Webhook
from evals.operations.webhooks import subscriptions
from leaderboard.api.generics import ObjectListView, View
from leaderboard.api.meta import meta
from leaderboard.api.openapi import page_envelope, refusals, row_envelope
from leaderboard.api.parameters import ListParameters
from leaderboard.api.serializers.webhooks import (
    DeliveryRow,
    WebhookChanges,
    WebhookRequest,
    WebhookRow,
    WebhookSecretRow,
)
from leaderboard.api.throttles import PostThrottle

ROW = row_envelope(WebhookRow, "Webhook")
SECRET = row_envelope(WebhookSecretRow, "WebhookSecret")
DELIVERY = row_envelope(DeliveryRow, "Delivery")
OF_ONE = refusals(401, 403, 404, 409, 429)


class WebhookList(ObjectListView):
    serializer_class = WebhookRow
    parameters = ListParameters
    write_scope = Scope.MANAGE
    creates = True
    permission_classes = [IsAuthenticated]
    throttle_classes = [PostThrottle]

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.webhooks(_account(self.request))

    @extend_schema(
        operation_id="list_webhooks",
        summary="Webhooks of yours and of your organisations, newest first",
        parameters=[ListParameters],
        responses={200: page_envelope(WebhookRow, "Webhook")} | refusals(400, 401),
    )
    def get(self, request: Request, **where: Any) -> Response:
        """Return a page of webhooks."""
        return super().get(request, **where)

    @extend_schema(
        operation_id="create_webhook",
        summary="Have events sent to an address of yours",
        request=WebhookRequest,
        responses={201: SECRET} | refusals(400, 401, 403, 409, 413, 415, 429),
    )
    def post(self, request: Request) -> Response:
        """Create a webhook; the secret is in this response only."""
        body = WebhookRequest(data=request.data)
        body.is_valid(raise_exception=True)
        new = subscriptions.create_webhook(actor=_account(request), now=timezone.now(), **body.validated_data)
        response = Response(_secret(new), status=status.HTTP_201_CREATED)
        response["Location"] = request.build_absolute_uri(
            reverse("api:webhook", args=[new.webhook.public_id])
        )
        return response


class WebhookView(View):
    """A view of one webhook."""

    write_scope = Scope.MANAGE
    permission_classes = [IsAuthenticated]
    throttle_classes = [PostThrottle]


class WebhookDetail(WebhookView):
    @extend_schema(
        operation_id="read_webhook", summary="A webhook", responses={200: ROW} | refusals(401, 404)
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return a webhook, without its secret."""
        return _answer(_known(request, public_id))

    @extend_schema(
        operation_id="change_webhook",
        summary="Change a webhook, or enable it again",
        request=WebhookChanges,
        responses={200: ROW} | OF_ONE | refusals(400, 413, 415),
    )
    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change the fields that the body names."""
        _known(request, public_id)
        body = WebhookChanges(data=request.data)
        body.is_valid(raise_exception=True)
        return _answer(
            subscriptions.change_webhook(actor=request.user, public_id=public_id, **body.validated_data)
        )

    @extend_schema(
        operation_id="delete_webhook",
        summary="Delete a webhook with its log",
        responses={204: OpenApiResponse(description="It is deleted.")} | OF_ONE,
    )
    def delete(self, request: Request, public_id: UUID) -> Response:
        """Delete the webhook; nothing more is sent."""
        _known(request, public_id)
        subscriptions.delete_webhook(actor=request.user, public_id=public_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookRotation(WebhookView):
    @extend_schema(
        operation_id="rotate_webhook_secret",
        summary="Replace the secret of a webhook; for a day, both sign",
        request=None,
        responses={200: SECRET} | OF_ONE,
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Return the new secret, in this response only."""
        _known(request, public_id)
        now = timezone.now()
        return Response(
            _secret(subscriptions.rotate_secret(actor=request.user, public_id=public_id, now=now))
        )


class WebhookTest(WebhookView):
    @extend_schema(
        operation_id="test_webhook",
        summary="Send a test to a webhook",
        request=None,
        responses={202: DELIVERY} | OF_ONE,
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Queue a test; its delivery says how it ended."""
        _known(request, public_id)
        delivery = subscriptions.send_test(actor=request.user, public_id=public_id, now=timezone.now())
        return Response({"meta": meta(), "data": DeliveryRow(delivery).data}, status=status.HTTP_202_ACCEPTED)


class DeliveryList(ObjectListView):
    serializer_class = DeliveryRow
    parameters = ListParameters
    permission_classes = [IsAuthenticated]
    page_size = 25

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.deliveries(_known(self.request, self.kwargs["public_id"]))

    @extend_schema(
        operation_id="list_deliveries",
        summary="Deliveries to a webhook, newest first",
        parameters=[ListParameters],
        responses={200: page_envelope(DeliveryRow, "Delivery")} | refusals(400, 401, 404),
    )
    def get(self, request: Request, **where: Any) -> Response:
        """Return a page of deliveries."""
        return super().get(request, **where)


class DeliveryReplay(WebhookView):
    @extend_schema(
        operation_id="replay_delivery",
        summary="Send a delivery again, with the same webhook-id",
        request=None,
        responses={202: DELIVERY} | OF_ONE,
    )
    def post(self, request: Request, public_id: UUID, delivery_id: UUID) -> Response:
        """Queue the delivery again."""
        webhook = _known(request, public_id)
        if not queries.deliveries(webhook).filter(public_id=delivery_id).exists():
            raise Http404(f"There is no delivery {delivery_id} to this webhook.")
        delivery = subscriptions.replay_delivery(
            actor=request.user, delivery_id=delivery_id, now=timezone.now()
        )
        return Response({"meta": meta(), "data": DeliveryRow(delivery).data}, status=status.HTTP_202_ACCEPTED)


def _account(request: Request) -> AbstractBaseUser:
    return cast("AbstractBaseUser", request.user)


def _known(request: Request, public_id: UUID) -> Webhook:
    webhook = queries.webhook(_account(request), public_id)
    if webhook is None:
        raise Http404(f"You have no webhook {public_id}.")
    return webhook


def _answer(webhook: Webhook) -> Response:
    return Response({"meta": meta(), "data": WebhookRow(webhook).data})


def _secret(new: subscriptions.NewSecret) -> dict[str, Any]:
    return {"meta": meta(), "data": WebhookSecretRow(new).data}
