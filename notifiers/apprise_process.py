"""The process in which apprise runs: one job on standard input, one answer on standard output."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any


def main() -> None:
    """Read the job, send, and answer; whatever a plugin prints must not print into the answer."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    answers.write(json.dumps(_answer(json.load(sys.stdin))))
    answers.close()


def _answer(job: dict[str, Any]) -> dict[str, str]:
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

    heard = _Heard()
    logging.getLogger("apprise").addHandler(heard)
    asset = AppriseAsset(app_id="policywatch", app_desc="policy change monitor", app_url="")
    plugin = Apprise.instantiate(job["address"], asset=asset, suppress_exceptions=True)
    if plugin is None:
        return {"outcome": "failed", "said": "apprise does not understand the address"}
    service = str(plugin.service_name or "apprise")
    if "bodies" not in job:
        return {"outcome": "sent", "service": service}
    plugin.socket_connect_timeout = plugin.socket_read_timeout = job["timeout"]
    room = plugin.body_maxlen - (0 if plugin.title_maxlen else len(job["title"]) + 2)
    bodies = [body for body in job["bodies"] if len(body) <= room]
    sender = Apprise(asset=asset)
    sender.add(plugin)
    sent = sender.notify(
        body=bodies[0] if bodies else job["bodies"][-1][: max(0, room)],
        title=job["title"],
        notify_type=NotifyType(job["urgency"]),
        body_format=NotifyFormat.TEXT,
        interpret_escapes=False,
    )
    outcome = "sent" if sent else "failed"
    return {"outcome": outcome, "service": service, "said": " ".join(heard.lines)}


class _Heard(logging.Handler):
    """What apprise logs about a failure; it says no more than that otherwise."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


if __name__ == "__main__":
    main()
