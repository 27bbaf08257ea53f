"""Exports: the newest one, earlier ones, and their files."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from leaderboard import queries
from leaderboard.exports.export import FOLDER, MANIFEST, SIGNATURE
from leaderboard.models import Export
from leaderboard.pages.page_cache import public
from leaderboard.presenters.downloads import list_downloads

EARLIER_SHOWN = 30


@public
def export_list(request: HttpRequest) -> HttpResponse:
    """List the downloads, how to verify and how to cite them."""
    exports = list(queries.exports()[: EARLIER_SHOWN + 1])
    context = {
        "downloads": list_downloads(exports[0]) if exports else None,
        "earlier": exports[1:],
        "site": settings.PUBLIC_URL,
    }
    return render(request, "pages/data.html", context)


def _hash_of(request: HttpRequest, folder: str, name: str) -> str | None:
    export = queries.export(folder)
    return _tag(export, name) if export else None


def _tag(export: Export, name: str) -> str | None:
    """Return the ETag of a file of an export; None if there is no such file."""
    if name == MANIFEST or (name == SIGNATURE and export.manifest.get("public_key")):
        return f'"{export.folder}-{name}"'
    digest = export.manifest["sha256"].get(name)
    return f'"{digest}"' if digest else None


@require_safe
def export_file(request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    """Answer with a file of an export, which never changes; `latest` redirects to the newest."""
    export = queries.export(folder)
    if export is None or _tag(export, name) is None:
        message = _("There is no file %(name)s in an export %(folder)s.")
        raise Http404(message % {"name": name, "folder": folder})
    if folder != export.folder:
        return redirect("pages:data-file", export.folder, name)
    return _file(request, export.folder, name)


@condition(etag_func=_hash_of)
def _file(request: HttpRequest, folder: str, name: str) -> HttpResponseBase:
    try:
        content: Any = default_storage.open(f"{FOLDER}/{folder}/{name}")
    except FileNotFoundError:
        message = _("%(name)s of export %(folder)s is no longer kept.")
        raise Http404(message % {"name": name, "folder": folder}) from None
    # Marked as encoded, so that the middleware does not compress what is large or compressed already.
    answer = FileResponse(content, as_attachment=True, headers={"Content-Encoding": "identity"})
    patch_cache_control(answer, public=True, max_age=31_536_000, immutable=True)
    return answer
