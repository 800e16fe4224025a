"""What Slack checks in a message, as published or measured; one word for each fault found."""

from typing import Any

MENTIONS = ("<!", "<@", "<#")


def problems(message: dict[str, Any]) -> list[str]:
    """The errors Slack would answer with."""
    blocks = message.get("blocks", [])
    if not message.get("text") and not blocks:
        return ["no_text"]
    found = ["invalid_blocks"] * (len(blocks) > 50)
    total = 0
    for block in blocks:
        texts = [block["text"]] if "text" in block else list(block.get("elements", []))
        match block["type"]:
            case "header":
                limit, kind = 150, "plain_text"
            case "section":
                limit, kind = 3000, "mrkdwn"
            case "context":
                limit, kind = 3000, "mrkdwn"
            case "divider":
                continue
            case "actions":
                found += ["invalid_blocks"] * (not _are_buttons(texts))
                continue
            case _:
                found.append("invalid_blocks")
                continue
        for text in texts:
            total += len(text["text"])
            if not 0 < len(text["text"]) <= limit or text["type"] != kind:
                found.append("invalid_blocks")
    if total > 13_200:
        found.append("msg_blocks_too_long")
    return found


def _are_buttons(elements: list[dict[str, Any]]) -> bool:
    """At most 25, with ids of their own, short labels in plain text and values that fit."""
    ids = {element["action_id"] for element in elements}
    return 0 < len(elements) == len(ids) <= 25 and all(
        element["type"] == "button"
        and element["text"]["type"] == "plain_text"
        and len(element["text"]["text"]) <= 75
        and len(element["value"]) <= 2000
        and len(element["action_id"]) <= 255
        for element in elements
    )
