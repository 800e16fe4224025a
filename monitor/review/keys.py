"""With what review links are signed, and checked when one comes back."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.config import Settings
from monitor.credentials import environment
from monitor.errors import ConfigError
from monitor.review.links import Linker
from monitor.review.tokens import SHORTEST_KEY
from monitor.secrecy import keep
from store import Store


def linker_of(
    settings: Settings, store: Store, environ: Mapping[str, str] | None = None
) -> Linker | None:
    """What makes review links, and checks them; None without ``[web] public_url``.

    The key is that of ``[web] link_secret_env``, else the store's own. Raises ConfigError
    for a secret that is not set, or too short.
    """
    web = settings.web
    if not web.public_url:
        return None
    key = store.signing_key() if not web.link_secret_env else b""
    if web.link_secret_env:
        given = environment() if environ is None else environ
        key = keep(given.get(web.link_secret_env, "").strip()).encode()
        if len(key) < SHORTEST_KEY:
            raise ConfigError(
                f"[web] link_secret_env: {web.link_secret_env} is not set, or has fewer than "
                f"{SHORTEST_KEY} characters; set it to a long random text"
            )
    return Linker(web.public_url, key, web.link_valid)
