"""Who asks by the API to change something, and whether they may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from pydantic import Field

from store.actions import LONGEST_NAME, LONGEST_REASON
from web.access import Visitor
from web.deeds import known_as
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
    """Whoever signed in, or nobody in particular where nobody has to."""

    visitor: Visitor

    def given(self, who: str, **fields: str) -> Mapping[str, str]:
        """What a body says, with who acts; a token's name goes before what the body claims."""
        return known_as(self.visitor, {"who": who, **fields})


def actor(request: Request) -> Actor:
    """Whoever asks. 403 for a page of another site that a browser has open."""
    if is_a_page_elsewhere(request.headers):
        raise HTTPException(403, "This was sent by a page of another site, so nothing is done.")
    return Actor(request.state.visitor)


Acting = Annotated[Actor, Depends(actor)]


def named(who: str) -> str:
    """Who acts. 422 for nobody."""
    if not who.strip():
        raise HTTPException(422, "who: say who you are; the records name whoever decides.")
    return who.strip()
