"""A provider of single sign-on, asked through the checked way out; and what it vouches for.

Library code is loaded when it is needed: the extra ``oidc`` (authlib) may not be installed.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from monitor.config_web import WebOidc
from monitor.errors import ConfigError, FetchError, MonitorError
from notifiers.base import Post, Surroundings, secret_from_env, secret_from_file
from web.oidc.journey import Journey

#: Signatures that only the provider can make; never "none", nor one by the secret that we know too.
_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
)
_WELL_KNOWN = "/.well-known/openid-configuration"
#: How long what a provider says of itself counts, and between two looks for a key that is new.
_FRESH, _PAUSE = timedelta(hours=1), timedelta(minutes=1)
#: Seconds by which two clocks may differ.
_LEEWAY = 60


class OidcError(MonitorError):
    """Somebody could not be signed in; the message is for them."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came from the provider: their name, the groups that the configuration knows, and the
    domain of their address, "" for one that the provider has not verified."""

    name: str
    groups: tuple[str, ...] = ()
    domain: str = ""


def client_secret(oidc: WebOidc, surroundings: Surroundings) -> str:
    """The secret that the provider knows us by, "" for a client without one. Raises ConfigError."""
    if oidc.client_secret_env:
        return secret_from_env(oidc.client_secret_env, "client_secret_env", surroundings)
    if oidc.client_secret_file:
        return secret_from_file(oidc.client_secret_file, "client_secret_file", surroundings)
    return ""


def check_oidc(oidc: WebOidc | None, surroundings: Surroundings) -> None:
    """Whether single sign-on can be tried. Raises ConfigError."""
    if oidc is None:
        return
    if importlib.util.find_spec("authlib") is None:
        raise ConfigError("[web.oidc] needs the extra: pip install 'policywatch[oidc]'")
    try:
        client_secret(oidc, surroundings)
    except ConfigError as error:
        raise ConfigError([f"[web.oidc] {problem}" for problem in error.problems]) from error


class Provider:
    """One provider and what it last said; for one ``[web.oidc]`` table."""

    def __init__(
        self, oidc: WebOidc, secret: str, post: Post, clock: Callable[[], datetime]
    ) -> None:
        self.oidc = oidc
        self._secret = secret
        self._post = post
        self._clock = clock
        self._metadata: Mapping[str, Any] = {}
        self._keys: Mapping[str, Any] = {}
        self._asked: datetime | None = None
        self._keys_asked: datetime | None = None

    async def metadata(self) -> Mapping[str, Any]:
        """What the provider says of itself. Raises OidcError."""
        now = self._clock()
        if self._asked is None or now - self._asked >= _FRESH:
            found = await self._json("GET", self.oidc.issuer.rstrip("/") + _WELL_KNOWN)
            if found.get("issuer") != self.oidc.issuer:
                raise OidcError(f"{self.oidc.issuer} says that it is {found.get('issuer')!r}.")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                self._check_endpoint(name, found.get(name))
            self._metadata, self._asked = found, now
        return self._metadata

    async def way_there(self, journey: Journey, back: str) -> str:
        """Where the browser is sent. Raises OidcError."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        place: str = prepare_grant_uri(
            (await self.metadata())["authorization_endpoint"],
            self.oidc.client_id, "code", back, " ".join(self.oidc.scopes), journey.state,
            nonce=journey.nonce, code_challenge=create_s256_code_challenge(journey.verifier),
            code_challenge_method="S256",
        )  # fmt: skip
        return place

    async def arrival(self, code: str, journey: Journey, back: str) -> Arrival:
        """Who came back with a code. Raises OidcError."""
        answer = await self._exchange(code, journey, back)
        return self._named(await self._verified(answer, journey))

    async def _exchange(self, code: str, journey: Journey, back: str) -> Mapping[str, Any]:
        from authlib.oauth2.auth import ClientAuth
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        metadata = await self.metadata()
        url, headers = metadata["token_endpoint"], {"accept": "application/json"}
        offered = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = "client_secret_basic" in offered or "client_secret_post" not in offered
        method = "none" if not self._secret else f"client_secret_{'basic' if basic else 'post'}"
        client, secret = self.oidc.client_id, self._secret
        if method == "client_secret_basic":  # RFC 6749, 2.3.1
            client, secret = quote(client, safe=""), quote(secret, safe="")
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=back, code_verifier=journey.verifier
        )
        url, headers, body = ClientAuth(client, secret, method).prepare("POST", url, headers, body)
        headers["content-type"] = "application/x-www-form-urlencoded"
        return await self._json("POST", url, body.encode(), headers)

    async def _verified(self, answer: Mapping[str, Any], journey: Journey) -> Mapping[str, Any]:
        """The claims of the ID token, once its signature and all that it must say were checked."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError
        from joserfc.jwk import KeySet

        text = answer.get("id_token")
        if not isinstance(text, str):
            raise OidcError("The provider sent no ID token.")
        told = (await self.metadata()).get("id_token_signing_alg_values_supported", ["RS256"])
        allowed = _ALGORITHMS.intersection(told)
        expected: dict[str, Any] = {
            "iss": {"essential": True, "value": self.oidc.issuer},
            "aud": {"essential": True, "value": self.oidc.client_id},
        }
        try:
            try:
                token = jwt.decode(text, KeySet.import_key_set(await self.keys()), allowed)
            except InvalidKeyIdError:  # the provider may have begun to sign with another key
                keys = KeySet.import_key_set(await self.keys(anew=True))
                token = jwt.decode(text, keys, allowed)
            params = {
                "nonce": journey.nonce, "client_id": self.oidc.client_id,
                "access_token": answer.get("access_token"),
            }  # fmt: skip
            claims = CodeIDToken(token.claims, token.header, expected, params)
            claims.validate(int(self._clock().timestamp()), _LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise OidcError(f"The provider's ID token does not hold: {error}.") from error
        found: Mapping[str, Any] = claims
        return found

    async def keys(self, *, anew: bool = False) -> Any:
        """The keys that the provider signs with; asked for again at most once a minute."""
        now = self._clock()
        age = now - self._keys_asked if self._keys_asked else _FRESH
        if age >= (_PAUSE if anew else _FRESH):
            self._keys = await self._json("GET", (await self.metadata())["jwks_uri"])
            self._keys_asked = now
        return self._keys

    def _named(self, claims: Mapping[str, Any]) -> Arrival:
        oidc = self.oidc
        name = claims.get(oidc.claim)
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise OidcError(f'The provider\'s ID token has no "{oidc.claim}" to call you by.')
        address = claims.get("email")
        verified = claims.get("email_verified") is True and isinstance(address, str)
        if oidc.claim == "email" and not verified:
            raise OidcError(f"The provider has not verified the address {name}.")
        groups = claims.get(oidc.groups_claim)
        groups = [groups] if isinstance(groups, str) else groups
        known = tuple(each for each in oidc.groups if isinstance(groups, list) and each in groups)
        domain = str(address).rpartition("@")[2] if verified else ""
        return Arrival(name.strip()[:200], known, domain)

    def _check_endpoint(self, name: str, url: object) -> None:
        secure = urlsplit(self.oidc.issuer).scheme
        if not isinstance(url, str) or not url.startswith((f"{secure}://", "https://")):
            raise OidcError(f"{self.oidc.issuer} names no {name} that could be used.")

    async def _json(
        self, method: str, url: str, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        host = urlsplit(url).hostname
        try:
            answer = await self._post(
                url, content=content, headers=headers or {"accept": "application/json"},
                method=method,
            )  # fmt: skip
        except FetchError as error:
            raise OidcError(f"The provider of single sign-on was not reached: {error}") from error
        try:
            found = json.loads(answer.text)
        except (ValueError, RecursionError):
            found = None
        if answer.status_code != 200 or not isinstance(found, dict):
            raise OidcError(f"{host} answered with status {answer.status_code}{_said(found)}.")
        return found


def _said(found: object) -> str:
    """The error that a provider names (RFC 6749, 5.2), "" for none."""
    error = found.get("error") if isinstance(found, dict) else None
    return f" ({error})" if isinstance(error, str) and error.isascii() and len(error) < 80 else ""
