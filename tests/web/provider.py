"""A small OpenID provider on loopback: real HTTP, real RSA keys; told to, it lies."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.responses import JSONResponse, RedirectResponse, Response

from web.server import listen, serving

CLIENT, SECRET = "policy watch/1", "s3cret:+%&" + "x" * 40


def key_named(kid: str) -> RSAKey:
    """A new signing key."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@dataclass
class Provider:
    """Whoever asks is ``claims``; the rest is what it does otherwise than it should.

    ``now`` is its clock, seconds since 1970. ``asked`` counts requests by path.
    """

    issuer: str
    now: int
    key: RSAKey = field(default_factory=lambda: key_named("first"))
    published: list[RSAKey] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    signer: Any = None
    refuses: str = ""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """Its discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        } | self.metadata

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes on to: back, with a code."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        if self.refuses:
            refused = urlencode({"error": self.refuses, "state": asked["state"]})
            return f"{asked['redirect_uri']}?{refused}"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, given: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The answer to a code; None for one that must not be answered."""
        scheme, _, text = authorization.partition(" ")
        client, _, secret = base64.b64decode(text).decode().partition(":")
        asked = self.codes.pop(given.get("code", ""), None)
        challenge = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        if (
            (scheme, unquote(client), unquote(secret)) != ("Basic", CLIENT, SECRET)
            or asked is None
            or given["redirect_uri"] != asked["redirect_uri"]
            or given["grant_type"] != "authorization_code"
            or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return None
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "42", "nonce": asked["nonce"],
            "iat": self.now, "exp": self.now + 300,
        } | self.claims | self.lies  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid} | self.header
        signed = jwt.encode(header, claims, self.signer or self.key, [header["alg"]])
        return {"access_token": "at", "token_type": "Bearer", "id_token": signed}


@contextlib.asynccontextmanager
async def provided(now: int) -> AsyncIterator[Provider]:
    """The provider, as long as the context lasts."""
    bound = listen("127.0.0.1", 0, table="web")
    provider = Provider(f"http://127.0.0.1:{bound.getsockname()[1]}", now)
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def describe() -> Response:
        provider.asked.append("metadata")
        return JSONResponse(provider.describe())

    @app.get("/keys")
    def keys() -> Response:
        provider.asked.append("keys")
        return JSONResponse(KeySet([provider.key, *provider.published]).as_dict(private=False))

    @app.get("/authorize")
    def authorize(request: Request) -> Response:
        return RedirectResponse(provider.authorize(dict(request.query_params)), 302)

    @app.post("/token")
    async def token(request: Request) -> Response:
        provider.asked.append("token")
        fields = parse_qs((await request.body()).decode())
        given = {name: values[0] for name, values in fields.items()}
        answer = provider.token(given, request.headers.get("authorization", ""))
        return JSONResponse(answer or {"error": "invalid_grant"}, 200 if answer else 400)

    async with serving(app, bound):
        yield provider
