"""Templates: everything is escaped, nothing undefined passes, dates read alike everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from monitor.naming import TYPE_LABELS
from monitor.review import GROUNDS
from notifiers.wording import (
    CATEGORY_LABELS,
    DIRECTION_LABELS,
    DIRECTION_SIGNS,
    STANDING_LABELS,
    clean,
    day,
    instant,
    one_line,
    prose,
    shorten,
)
from web.views.labels import KIND_LABELS, VERDICT_LABELS
from web.views.timeline import LANES

STATIC = Path(__file__).parent / "static"


def page(name: str, /, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """Render a template into an answer."""
    return HTMLResponse(render(name, **shown), status_code=status)


def render(name: str, /, **shown: Any) -> str:
    """Render a template into text."""
    return _environment().get_template(name).render(shown)


def path(*segments: str, **query: str) -> str:
    """A path of this site: every segment and parameter quoted, empty parameters left out."""
    made = "/" + "/".join(quote(segment, safe="@") for segment in segments)
    given = {name: value for name, value in query.items() if value}
    return f"{made}?{urlencode(given)}" if given else made


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "day": day,
        "instant": instant,
        "iso": datetime.isoformat,
        "one_line": one_line,
        "prose": prose,
        "shorten": shorten,
        "trail": _trail,
    }
    environment.globals |= {
        "path": path,
        "query": _query,
        "asset": _asset,
        "plural": plural,
        "categories": CATEGORY_LABELS,
        "directions": DIRECTION_LABELS,
        "grounds": GROUNDS,
        "signs": DIRECTION_SIGNS,
        "standings": STANDING_LABELS,
        "verdicts": VERDICT_LABELS,
        "kinds": KIND_LABELS,
        "types": TYPE_LABELS,
        "lanes": LANES,
    }
    return environment


def _query(parameters: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """Parameters as the end of an address, "" for none."""
    return f"?{urlencode(parameters)}" if parameters else ""


def _harmless(value: object) -> object:
    """Words as they are put on a page: nothing hidden in them that would turn others around."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _trail(section: str) -> str:
    """A path of headings as readers know such paths."""
    return one_line(section).replace(" > ", " › ")


def plural(count: int, noun: str) -> str:
    """So many of something: "1 day", "2 days"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


@cache
def _asset(name: str) -> str:
    """The address of a file of ours, which changes with its content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"
