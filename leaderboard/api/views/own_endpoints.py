"""Endpoints of the own account and its organisations: register, change, key, preflight."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries
from evals.acting import Scope
from evals.models import Endpoint
from evals.operations.endpoints.access import own_endpoint, own_endpoints
from evals.operations.endpoints.keys import delete_own_key, keep_key, store_key
from evals.operations.endpoints.own import (
    change_own_endpoint,
    delete_own_endpoint,
    register_own_endpoint,
    share_own_endpoint,
)
from evals.operations.endpoints.preflights import request_preflight
from evals.operations.refusals import describe_unknown
from evals.operations.submissions.targets import resolve_suite
from leaderboard.api.exceptions import NotOnRecord
from leaderboard.api.generics import ComputedListView, View
from leaderboard.api.meta import meta
from leaderboard.api.openapi import page_envelope, refusals, row_envelope
from leaderboard.api.parameters import ListParameters
from leaderboard.api.serializers.own_endpoints import (
    KeptKeyRequest,
    KeyRequest,
    OwnEndpointChanges,
    OwnEndpointRequest,
    OwnEndpointRow,
    PreflightRequest,
    PreflightRow,
)
from leaderboard.api.throttles import PostThrottle

ROW = row_envelope(OwnEndpointRow, "OwnEndpoint")
PREFLIGHT = row_envelope(PreflightRow, "Preflight")
REFUSALS = refusals(400, 401, 403, 404, 409, 413, 415, 429)


def find(request: Request, slug: str) -> Endpoint:
    """Return an endpoint of the reader. Raises Http404, also for one of others."""
    endpoint = own_endpoint(request.user, slug)
    if endpoint is None:
        known = set(own_endpoints(request.user).values_list("slug", flat=True))
        raise NotOnRecord(*describe_unknown("endpoint", slug, known))
    return endpoint


def answer(request: Request, slug: str, code: int = status.HTTP_200_OK) -> Response:
    """Return an own endpoint as it is now."""
    (details,) = queries.own_endpoint_details([find(request, slug)])
    return Response({"meta": meta(), "data": OwnEndpointRow(details).data}, status=code)


class OwnEndpointList(ComputedListView):
    serializer_class = OwnEndpointRow
    parameters = ListParameters
    write_scope = Scope.MANAGE
    creates = True
    permission_classes = [IsAuthenticated]
    throttle_classes = [PostThrottle]

    def rows(self, **filters: Any) -> list[queries.OwnEndpoint]:
        return queries.own_endpoint_details(own_endpoints(self.request.user))

    @extend_schema(
        operation_id="list_own_endpoints",
        summary="The endpoints of yourself and of your organisations",
        parameters=[ListParameters],
        responses={200: page_envelope(OwnEndpointRow, "OwnEndpoint")} | refusals(400, 401),
    )
    def get(self, request: Request, **where: Any) -> Response:
        """Return a page of endpoints."""
        return super().get(request, **where)

    @extend_schema(
        operation_id="register_own_endpoint",
        summary="Register an endpoint of your own, by a provider's preset or by its URL",
        request=OwnEndpointRequest,
        responses={201: ROW} | REFUSALS,
    )
    def post(self, request: Request) -> Response:
        """Register it; nobody else can submit to it, and nobody vouches for it yet."""
        body = OwnEndpointRequest(data=request.data)
        body.is_valid(raise_exception=True)
        user = cast("AbstractBaseUser", request.user)
        endpoint = register_own_endpoint(actor=user, **body.validated_data)
        response = answer(request, endpoint.slug, status.HTTP_201_CREATED)
        response["Location"] = request.build_absolute_uri(reverse("api:own-endpoint", args=[endpoint.slug]))
        return response


class OwnView(View):
    """A view of one own endpoint."""

    write_scope = Scope.MANAGE
    permission_classes = [IsAuthenticated]
    throttle_classes = [PostThrottle]


class OwnEndpointDetail(OwnView):
    @extend_schema(
        operation_id="read_own_endpoint",
        summary="An endpoint of yours, with what is known of its key and its last preflight",
        responses={200: ROW} | refusals(401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return it; the key is never shown."""
        return answer(request, slug)

    @extend_schema(
        operation_id="change_own_endpoint",
        summary="Change an endpoint of yours; another host deletes its key",
        request=OwnEndpointChanges,
        responses={200: ROW} | REFUSALS,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change all fields that the body names, or none."""
        endpoint = find(request, slug)
        body = OwnEndpointChanges(data=request.data)
        body.is_valid(raise_exception=True)
        changes = dict(body.validated_data)
        handles = changes.pop("shared_with", None)
        with transaction.atomic():
            if changes:
                change_own_endpoint(actor=request.user, endpoint=endpoint, changes=changes)
            if handles is not None:
                share_own_endpoint(actor=request.user, endpoint=endpoint, handles=handles)
        return answer(request, slug)

    @extend_schema(
        operation_id="delete_own_endpoint",
        summary="Delete an endpoint of yours with its key; a used one stays on record, disabled",
        responses={204: None, 200: ROW} | REFUSALS,
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Delete it (204), or disable it if answers of it are on record (200)."""
        endpoint = find(request, slug)
        if delete_own_endpoint(actor=request.user, endpoint=endpoint, now=timezone.now()):
            return Response(status=status.HTTP_204_NO_CONTENT)
        return answer(request, slug)


class OwnEndpointKey(OwnView):
    creates = True

    @extend_schema(
        operation_id="store_endpoint_key",
        summary="Store the key of an endpoint of yours, sealed for the workers",
        request=KeyRequest,
        responses={200: ROW} | REFUSALS,
    )
    @sensitive_variables()
    def put(self, request: Request, slug: str) -> Response:
        """Replace the key; it is never returned."""
        endpoint = find(request, slug)
        body = KeyRequest(data=request.data)
        body.is_valid(raise_exception=True)
        store_key(actor=request.user, endpoint=endpoint, now=timezone.now(), **body.validated_data)
        return answer(request, slug)

    @extend_schema(
        operation_id="keep_endpoint_key",
        summary="Set whether the key of an endpoint of yours is kept when the submissions have ended",
        request=KeptKeyRequest,
        responses={200: ROW} | REFUSALS,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change it; without a stored key the answer is 404."""
        endpoint = find(request, slug)
        body = KeptKeyRequest(data=request.data)
        body.is_valid(raise_exception=True)
        if not keep_key(actor=request.user, endpoint=endpoint, keep=body.validated_data["keep"]):
            raise Http404(f"Endpoint {slug} has no key.")
        return answer(request, slug)

    @extend_schema(
        operation_id="delete_endpoint_key",
        summary="Delete the key of an endpoint of yours; what runs on it is held",
        request=None,
        responses={200: ROW} | REFUSALS,
    )
    def delete(self, request: Request, slug: str) -> Response:
        """Delete the key; repeating it changes nothing."""
        delete_own_key(actor=request.user, endpoint=find(request, slug), now=timezone.now())
        return answer(request, slug)


class OwnEndpointPreflight(OwnView):
    write_scope = Scope.SUBMIT

    @extend_schema(
        operation_id="read_preflight",
        summary="The last preflight of an endpoint of yours",
        responses={200: PREFLIGHT} | refusals(401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return its state and its checks."""
        preflight = queries.own_endpoint_details([find(request, slug)])[0].preflight
        if preflight is None:
            raise Http404(f"Endpoint {slug} has had no preflight yet.")
        return Response({"meta": meta(), "data": PreflightRow(preflight).data})

    @extend_schema(
        operation_id="request_preflight",
        summary="Try an endpoint of yours: address, key, model, capabilities, suite, canaries",
        request=PreflightRequest,
        responses={202: PREFLIGHT} | REFUSALS,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Request a preflight, which a worker runs within seconds; one that is open is returned."""
        endpoint = find(request, slug)
        body = PreflightRequest(data=request.data)
        body.is_valid(raise_exception=True)
        name = body.validated_data.get("suite", "")
        preflight = request_preflight(
            actor=request.user,
            endpoint=endpoint,
            suite=resolve_suite(name) if name else None,
            now=timezone.now(),
        )
        return Response(
            {"meta": meta(), "data": PreflightRow(preflight).data}, status=status.HTTP_202_ACCEPTED
        )
