"""The API: everything that the pages show and do, for programs, under ``/api/v1``.

    paths       where it is; what each route may answer instead
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
from web.api.paths import PREFIX
from web.api.policies import policies
from web.api.promises import promises
from web.api.running import running
from web.api.watch_list import watch_list
from web.backend import Backend

__all__ = ["PREFIX", "api"]


def api(backend: Backend) -> tuple[APIRouter, ...]:
    """The routes of the API and of its handbook."""
    nouns = (policies, changes, alerts, promises, running, watch_list)
    return (*(noun(backend) for noun in nouns), handbook())
