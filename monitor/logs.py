"""Structured logs on standard error: coloured lines for people, JSON lines for machines."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from monitor.secrecy import mask

#: What a terminal could take for a command (ESC and the other control characters), what turns the
#: order of what is read, and halves of characters, which cannot be written.
_CONTROL = dict.fromkeys(
    (
        *range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F),
        *range(0x2066, 0x206A), *range(0xD800, 0xE000),
    ),
    "�",
)  # fmt: skip


def configure(level: str, log_format: str) -> None:
    """Set up structlog for the process; other libraries are heard from warning on."""
    heard = logging.StreamHandler(sys.stderr)
    heard.setFormatter(_Masking("%(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[heard])
    for noisy in ("apscheduler", "httpx", "httpcore", "uvicorn", "trafilatura", "htmldate"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    # It tells of every job; what a job met with is logged by the job.
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(
            fmt="iso" if log_format == "json" else "%H:%M:%S", utc=log_format == "json"
        ),
        structlog.processors.format_exc_info,
        _harmless,
    ]
    if log_format == "json":
        processors.append(structlog.processors.JSONRenderer())
    else:
        processors.append(
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                pad_event_to=0,
                exception_formatter=structlog.dev.plain_traceback,
            )
        )
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _Masking(logging.Formatter):
    """What libraries say, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def _harmless(_logger: Any, _method: str, event: Any) -> Any:
    """Titles, errors and headers come from strangers: no control characters reach a terminal.

    They also repeat what they were told, so secrets are masked here.
    """
    return {key: _tame(value) for key, value in event.items()}


def _tame(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value).translate(_CONTROL)
    if isinstance(value, dict):
        return {_tame(key): _tame(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_tame(inner) for inner in value]
    return value
