"""Who asks by the API to change something, and whether they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from pydantic import Field

from store.actions import LONGEST_NAME, LONGEST_REASON
from web.forms import is_a_page_elsewhere

Who = Annotated[
    str,
    Field(
        max_length=LONGEST_NAME,
        description="who acts; needed only where no token says it",
    ),
]
Why = Annotated[str, Field(max_length=LONGEST_REASON - 100, description="the reason, on record")]
Days = Annotated[int, Field(ge=1, le=366, description="for how many days")]


@dataclass(frozen=True, slots=True)
class Actor:
    """The name that a token or a session gives, "" where nobody has to sign in."""

    name: str

    def or_named(self, who: str) -> str:
        """Who acts, for the records; a token's name goes before what the body claims."""
        return self.name or who


def actor(request: Request) -> Actor:
    """Whoever asks. 403 for a page of another site that a browser has open."""
    if is_a_page_elsewhere(request.headers):
        raise HTTPException(403, "This was sent by a page of another site, so nothing is done.")
    return Actor(request.state.visitor.name)


Acting = Annotated[Actor, Depends(actor)]
