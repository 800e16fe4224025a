"""The table ``[web]`` of config.toml: where the pages are served, and who may see and do what."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from monitor.config_values import Period, Table
from monitor.passwords import check_digest

#: What somebody may do: read; decide too; change the watch list too. From the least to the most.
Role = Literal["viewer", "reviewer", "admin"]


def folded(name: str) -> str:
    """A person's name as it is looked for: however it is capitalised, spaced or composed."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class WebToken(Table):
    """Somebody who may see the pages, by the SHA-256 of their token: ``[[web.token]]``."""

    name: str = Field(min_length=1, max_length=200)
    role: Role = "viewer"
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class WebPerson(Table):
    """Somebody who signs in by name and password, kept as a digest: ``[[web.person]]``."""

    name: str = Field(min_length=1, max_length=200)
    role: Role = "viewer"
    password: Annotated[str, AfterValidator(check_digest)]


class WebSettings(Table):
    """Where the pages are served, and who may see them (docs/web.md)."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(default=8377, ge=0, le=65535)
    public_url: str = ""
    token: tuple[WebToken, ...] = ()
    person: tuple[WebPerson, ...] = ()
    session_valid: Period = timedelta(hours=12)
    link_valid: Period = timedelta(days=30)
    link_secret_env: str = ""
