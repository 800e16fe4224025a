"""Names of hosts, and whose they are. Pure."""

from __future__ import annotations

from tld import get_fld


def registrable(host: str) -> str:
    """The domain that somebody registered, of which a host is part; "" for none.

    By the public suffix list that the package tld holds; under a top-level domain that it does not
    know, the last two labels.
    """
    host = host.casefold().rstrip(".")
    found = get_fld(f"http://{host}", fail_silently=True, search_private=True) if host else None
    labels = host.split(".")
    return found or (".".join(labels[-2:]) if len(labels) > 1 and not labels[-1].isdigit() else "")
