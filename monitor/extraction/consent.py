"""Consent banners and preference centres, known by their buttons.

A cookie *policy* speaks of cookies too, and may carry the class ``cookie-policy``: so the evidence
is structure (an accept button, and a second one or a dialog around it), never the words alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.extraction import words
from monitor.extraction.dom import TEXT, Node, Page

_NAMES = re.compile(
    r"consent|cookie|gdpr|onetrust|didomi|\bcmp|\bcc-|truste|usercentrics|iubenda|osano|termly|"
    r"klaro|quantcast|sp_message|tarteaucitron|axeptio|evidon|\bcky-|cmplz|moove|borlabs|privacy-?"
    r"(?:banner|notice|manager|center|bar)",
    re.IGNORECASE,
)
_MAX_BANNER_CHARS = 1500
_MAX_CENTRE_CHARS = 15000
_MAX_BUTTON_CHARS = 45
_MAX_BUTTONS = 60
_MAX_CLIMB = 14
_MAX_NODES = 2500


def consent_nodes(page: Page, landmarks: Sequence[Node]) -> Iterator[Node]:
    """The roots of consent banners and dialogs; never one that holds the policy."""
    found: list[Node] = []
    tried = 0
    for button in page.nodes:
        if not _is_button(button) or (found and button.index < found[-1].end):
            continue
        if not words.ACCEPT.search(page.text_of(button)):
            continue
        tried += 1
        if tried > _MAX_BUTTONS:
            return
        root = _root_of(page, button, landmarks)
        if root is not None:
            found.append(root)
            yield root


def _is_button(node: Node) -> bool:
    if not 0 < node.chars <= _MAX_BUTTON_CHARS:
        return False
    return node.tag == "button" or node.get("role") == "button" or (
        node.tag == "a" and node.chars < 30
    )  # fmt: skip


def _root_of(page: Page, button: Node, landmarks: Sequence[Node]) -> Node | None:
    """Climb from an accept button to the smallest element that speaks of cookies, then outward."""
    step = button.parent
    for _ in range(_MAX_CLIMB):
        if step is None or step.tag in ("body", "html") or step.end - step.index > _MAX_NODES:
            return None
        if step.chars > _MAX_CENTRE_CHARS or _holds_policy(page, step, landmarks):
            return None
        if step.chars > button.chars + 30 and words.COOKIES.search(page.text_of(step)):
            break
        step = step.parent
    else:
        return None
    if not _is_consent(page, step, button):
        return None
    inside = any(mark.index < step.index < mark.end for mark in landmarks)
    if inside and not _is_dialog(step):
        return None
    return _widened(page, step, landmarks)


def _is_consent(page: Page, node: Node, button: Node) -> bool:
    texts = [page.text_of(n) for n in page.subtree(node) if n is not button and _is_button(n)]
    second = any(words.REFUSE.search(text) or words.ACCEPT.search(text) for text in texts)
    return (second and node.chars <= _MAX_BANNER_CHARS) or _is_dialog(node)


def _is_dialog(node: Node) -> bool:
    """Whether the element, or one around it, is a dialog or is named like a consent tool's."""
    step: Node | None = node
    while step is not None and step.tag not in ("body", "html", "main", "article"):
        if step.tag == "dialog" or step.get("role") in ("dialog", "alertdialog"):
            return True
        if step.get("aria-modal") == "true" or _NAMES.search(
            f"{step.get('id')} {step.get('class')}"
        ):
            return True
        step = step.parent
    return False


def _widened(page: Page, node: Node, landmarks: Sequence[Node]) -> Node:
    """The outermost element that is still nothing but the banner."""
    best = node
    step = node.parent
    while step is not None and step.tag not in ("body", "html", "main", "article"):
        if step.chars > _MAX_CENTRE_CHARS or step.end - step.index > _MAX_NODES:
            break
        if _holds_policy(page, step, landmarks):
            break
        same = step.chars - node.chars <= max(40, node.chars // 5)
        named = bool(_NAMES.search(f"{step.get('id')} {step.get('class')}"))
        if same or named or step.tag == "dialog" or step.get("role") in ("dialog", "alertdialog"):
            best = step
        step = step.parent
    return best


def _holds_policy(page: Page, node: Node, landmarks: Sequence[Node]) -> bool:
    if any(node.index <= mark.index < node.end for mark in landmarks):
        return True
    if any(n.tag == "h1" for n in page.subtree(node)) and node.prose > 800:
        return True
    outside = page.root.prose - node.prose
    return node.prose > 1500 and node.prose > outside and node.tag != TEXT
