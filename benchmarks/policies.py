"""Policies of the invented company Brindle, written by a generator: as many as asked."""

from __future__ import annotations

import random

_WHO = ("We", "Our partners", "Our processors", "The companies of our group", "Our support team")
_DO = ("collect", "store", "share", "use", "delete", "may disclose", "transfer", "do not sell")
_WHAT = ("your e-mail address", "payment records", "server logs", "device identifiers", "invoices",
         "the contents of messages", "precise location", "ratings", "login data")  # fmt: skip
_WHY = ("to run the service", "to answer your requests", "because the law asks us to",
        "for thirty days", "only with your consent", "to keep the service secure")  # fmt: skip
_TITLES = ("Data we collect", "Sharing", "Retention", "Your rights", "Security", "Children",
           "Changes to this policy", "Related companies", "Cookies", "Contact")  # fmt: skip


def written(roll: random.Random, letters: int) -> str:
    """A policy of the invented company Brindle in Markdown, at least so many letters long."""

    def sentence() -> str:
        parts = (roll.choice(words) for words in (_WHO, _DO, _WHAT, _WHY))
        return f"{' '.join(parts)} in case {roll.randrange(1000)}."

    parts = ["# Privacy Policy", "Last updated: 3 March 2024"]
    size = 0
    while size < letters:
        parts.append(f"## {roll.choice(_TITLES)}")
        for _ in range(roll.randrange(2, 7)):
            kind = roll.random()
            if kind < 0.55:
                parts.append(" ".join(sentence() for _ in range(roll.randrange(1, 6))))
            elif kind < 0.75:
                parts.append("\n".join(f"- {roll.choice(_WHAT)}" for _ in range(4)))
            elif kind < 0.85:
                parts.append("\n".join(f"{n}. {sentence()}" for n in range(1, 4)))
            elif kind < 0.92:
                parts.append(
                    "| Data | Kept |\n| --- | --- |\n| logs | 30 days |\n| mail | a year |"
                )
            else:
                parts.append("[Do not sell my data](https://brindle.example/choices)")
        size = sum(map(len, parts))
    return "\n\n".join(parts)
