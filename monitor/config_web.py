"""The table ``[web]`` of config.toml: where the pages are served, and who may see and do what."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from monitor.config_values import Period, Table

#: What somebody may do: read; decide too; change the watch list too. From the least to the most.
Role = Literal["viewer", "reviewer", "admin"]


class WebToken(Table):
    """Somebody who may see the pages, by the SHA-256 of their token: ``[[web.token]]``."""

    name: str = Field(min_length=1, max_length=200)
    role: Role = "viewer"
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class WebSettings(Table):
    """Where the pages are served, and who may see them (docs/web.md)."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(default=8377, ge=0, le=65535)
    public_url: str = ""
    token: tuple[WebToken, ...] = ()
    link_valid: Period = timedelta(days=30)
    link_secret_env: str = ""
