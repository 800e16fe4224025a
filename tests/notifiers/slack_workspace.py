"""A Slack of one channel on loopback: it checks messages, knows its threads and has its limits."""

import json
from typing import Any

from loopback_http import Reply, Request
from slack_rules import problems


class Workspace:
    """Answers ``chat.postMessage``. ``posted`` is what it took, each with its ``ts``."""

    def __init__(self, *, slow_down: int = 0) -> None:
        self.posted: list[dict[str, Any]] = []
        self._slow_down = slow_down

    def __call__(self, request: Request) -> Reply:
        """Refuse the first few as too many, and what breaks a rule; take the rest."""
        if self._slow_down:
            self._slow_down -= 1
            return Reply(429, "", {"Retry-After": "7"})
        message = request.json
        error = next(iter(problems(message)), "")
        thread = message.get("thread_ts")
        if thread and thread not in {each["ts"] for each in self.posted}:
            error = "thread_not_found"
        if error:
            return Reply(200, json.dumps({"ok": False, "error": error}))
        stamp = f"17000000{len(self.posted):02}.000100"
        self.posted.append({**message, "ts": stamp})
        return Reply(200, json.dumps({"ok": True, "channel": "C1", "ts": stamp}))

    def forget(self) -> None:
        """Somebody deletes all messages."""
        self.posted.clear()

    @property
    def threads(self) -> list[str | None]:
        """Of each message, which one it answers to."""
        return [message.get("thread_ts") for message in self.posted]
