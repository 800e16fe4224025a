"""The errors policywatch raises on purpose.

    MonitorError
    ├── ConfigError        the configuration is wrong; the message names file, key and remedy
    ├── FetchError         a page could not be had; ``transient`` says whether trying again may help
    ├── ExtractionError    bytes could not be read as a policy
    ├── InboxError         the mailbox for vendors' notices could not be read
    ├── StampError         a timestamp authority gave no timestamp that verifies
    ├── StoreError         the store refused, is locked or is damaged
    └── NotifyError        a channel did not take an alert; ``permanent`` says that it never will

Third-party exceptions are wrapped where they enter and chained. Each message says what happened,
where, and what to do about it; no secret that the process knows is in it, for messages are stored,
shown and sent.
"""

from __future__ import annotations

from monitor.secrecy import mask


class MonitorError(Exception):
    """Base of every error raised on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(mask(message))


class ConfigError(MonitorError):
    """The configuration cannot be used. ``problems`` holds one readable line per fault."""

    def __init__(self, problems: list[str] | str) -> None:
        given = [problems] if isinstance(problems, str) else problems
        self.problems = [mask(problem) for problem in given]
        super().__init__("\n".join(self.problems))


class FetchError(MonitorError):
    """A page could not be fetched.

    ``kind`` is a stable word for storage and metrics (``dns``, ``refused``, ``timeout``, ``tls``,
    ``status``, ``too_large``, ``blocked``, ``robots``, ``redirect``, ``protocol``, ``browser``).
    ``retry_after`` is the server's own wish, in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        transient: bool,
        url: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        redirects: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.transient = transient
        self.url = url
        self.status = status
        self.retry_after = retry_after
        self.redirects = redirects


class ExtractionError(MonitorError):
    """The bytes of a page could not be turned into a document."""


class InboxError(MonitorError):
    """The mailbox that vendors' notices come to could not be read; trying again may help."""


class StoreError(MonitorError):
    """The store refused a request, is held by another daemon, or is damaged."""


class NotifyError(MonitorError):
    """A channel did not take an alert.

    ``permanent`` ends the delivery at once; otherwise it is tried again, no earlier than
    ``retry_after`` seconds from now where the server asked for that.
    """

    def __init__(self, message: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after


class StampError(MonitorError):
    """An authority gave no timestamp, or one that does not verify."""
