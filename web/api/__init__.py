"""The API: everything that the pages show and do, for programs, under ``/api/v1``.

    problems    errors as problem details (RFC 9457), for every path below ``/api``
    paging      lists in pages, by cursors that stay right while the list grows
    shapes      what is answered, beside the nouns of monitor.model and store.records
    policies, changes, alerts, promises, running, watch_list    the routes, a noun each

Field names are those of ``--json`` on the command line.
"""

from __future__ import annotations

from fastapi import APIRouter

from web.api.alerts import alerts
from web.api.changes import changes
from web.api.handbook import handbook
from web.api.policies import policies
from web.api.problems import explained
from web.api.promises import promises
from web.api.running import running
from web.api.watch_list import watch_list
from web.backend import Backend

PREFIX = "/api/v1"

_ALWAYS = explained(
    s400="The request cannot be read",
    s401="A token is needed",
    s403="The token does not allow this",
    s404="There is no such thing",
    s405="This cannot be done here",
    s421="This name is not served here",
    s422="A value is not understood",
    s503="The store cannot answer",
)


def api(backend: Backend) -> APIRouter:
    """The routes of the API and of its handbook."""
    router = APIRouter(prefix=PREFIX, responses=_ALWAYS)
    for part in (policies, changes, alerts, promises, running, watch_list):
        router.include_router(part(backend))
    whole = APIRouter()
    whole.include_router(router)
    whole.include_router(handbook())
    return whole
