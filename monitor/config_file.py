"""config.toml -> ``Configuration``, or one ConfigError that lists every fault with a remedy.

The schema is monitor/config.py; what a schema cannot say (unique ids, a route's channel exists,
selectors and schedules that parse) is checked here.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings.exceptions import SettingsError

from monitor import config, config_web
from monitor.clock import clock_faults
from monitor.config import Defaults, Policy, Range, Settings
from monitor.config_web import folded
from monitor.errors import ConfigError, ExtractionError
from monitor.expectations.declared import Expected
from monitor.expected import expectation_faults
from monitor.extraction import check_selector
from monitor.findings.team import PatternError, Words
from monitor.route_faults import mute_faults, route_faults
from monitor.schedule import parse_every
from monitor.secrecy import learn
from monitor.vendors import vendor_faults


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings and where they came from; relative paths in them are relative to ``base_dir``."""

    settings: Settings
    path: Path
    base_dir: Path

    def policy(self, policy_id: str) -> Policy | None:
        """The declaration with that id, or None."""
        return next((p for p in self.settings.policy if p.id == policy_id), None)


def load(path: Path) -> Configuration:
    """Read and check a configuration file. Raises ConfigError with all faults found."""
    settings = from_tables(_tables(path, "Name another file with --config."), str(path))
    return Configuration(settings, path, path.resolve().parent)


def load_expected(path: Path) -> Expected:
    """Read a file that holds what ``[policy.expect]`` holds. Raises ConfigError with all faults."""
    tables = _tables(path, "Check the path, or name a preset.")
    try:
        expected = Expected.model_validate(tables)
    except ValidationError as error:
        faults = [
            _fault(detail, ("expect", *detail["loc"]), {"expect": tables}).removeprefix("[expect] ")
            for detail in error.errors()
        ]
    else:
        faults = list(expected.faults())
    if faults:
        raise ConfigError([f"{path}: {fault}" for fault in dict.fromkeys(faults)])
    return expected


def _tables(path: Path, remedy: str) -> dict[str, Any]:
    """The tables of a TOML file. Raises ConfigError; ``remedy`` is for one that cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}). {remedy}") from error
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}.") from error


def from_tables(tables: Mapping[str, Any], name: str = "configuration") -> Settings:
    """Check parsed TOML tables; ``name`` stands before each fault. Raises ConfigError."""
    learn(tables)  # first of all, for a fault may repeat what it is about
    defaults = tables.get("defaults", {})
    try:
        Defaults.model_validate(defaults)
        settings = Settings(**_with_defaults(tables, defaults))
    except ValidationError as error:
        within = ("defaults",) if error.title == "Defaults" else ()
        faults = [_fault(detail, within + detail["loc"], tables) for detail in error.errors()]
    except SettingsError as error:
        raise ConfigError(
            f"{name}: an environment variable that begins with POLICYWATCH_ is not what its key "
            f"needs: {error}. Unset it, or set single keys, as in POLICYWATCH_WEB__PORT=8377."
        ) from error
    else:
        learn(settings.model_dump())  # the environment's too
        faults = list(_cross_check(settings))
    if faults:
        raise ConfigError([f"{name}: {fault}" for fault in dict.fromkeys(faults)])
    return settings


def declaration_digest(policy: Policy) -> str:
    """A digest of what decides which text a policy yields: URLs, selectors, ranges, fetch mode."""
    parts = policy.model_dump(include={"url", "urls", "select", "remove", "range", "fetch"})
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def _with_defaults(tables: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Fold ``[defaults]`` into every policy table that does not say otherwise."""
    merged = {name: table for name, table in tables.items() if name != "defaults"}
    policies = merged.get("policy", [])
    if isinstance(policies, list):
        merged["policy"] = [
            {**defaults, **policy} if isinstance(policy, dict) else policy for policy in policies
        ]
    return merged


# --- faults of the schema ------------------------------------------------------------------------

_MODELS: dict[str, type[BaseModel]] = {
    "defaults": config.Defaults,
    "store": config.StoreSettings,
    "evidence": config.EvidenceSettings,
    "fetch": config.FetchSettings,
    "capture": config.CaptureSettings,
    "extraction": config.ExtractionSettings,
    "notice": config.NoticeSettings,
    "web": config_web.WebSettings,
    "web.token": config_web.WebToken,
    "web.person": config_web.WebPerson,
    "web.proxy": config_web.WebProxy,
    "web.oidc": config_web.WebOidc,
    "daemon": config.DaemonSettings,
    "workers": config.WorkersSettings,
    "samples": config.SamplesSettings,
    "policy": config.Policy,
    "watch": config.Watch,
    "override": config.Override,
    "expect": config.Expect,
    "vendor": config.Vendor,
    "period": config.ContractPeriod,
    "route": config.Route,
    "mute": config.Mute,
    "console": config.ConsoleChannel,
    "email": config.EmailChannel,
    "slack": config.SlackChannel,
    "webhook": config.WebhookChannel,
    "apprise": config.AppriseChannel,
}


CHANNEL_KINDS = ("console", "email", "slack", "webhook", "apprise")


def _fault(detail: ErrorDetails, loc: tuple[int | str, ...], tables: Mapping[str, Any]) -> str:
    """One readable line for one fault: where, what, and what to do."""
    place, known = _place(loc, tables)
    key = str(loc[-1]) if loc else ""
    given = detail.get("input")
    match detail["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(key, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known keys: {', '.join(known)}"
            return f"{place}: unknown key; {hint}"
        case "missing":
            return f"{place}: is missing; add it"
        case "union_tag_invalid" | "union_tag_not_found":
            kinds = ", ".join(f'"{kind}"' for kind in CHANNEL_KINDS)
            return f"{place}: kind must be one of {kinds}"
        case "tuple_type" if len(loc) == 1:
            return f"{place}: is a list of tables; write [[{key}]] above each one"
        case "tuple_type":
            return f'{place}: must be a list; write for example ["one", "two"]'
        case "model_type" | "model_attributes_type" | "dict_type":
            header = f"[[{loc[0]}]]" if len(loc) > 1 else f"[{key}]"
            header = "[policy.expect]" if key == "expect" and len(loc) > 1 else header
            return f"{place}: must be a table; write {header} and its keys below"
        case "value_error":
            return f"{place}: {detail['msg'].removeprefix('Value error, ')}"
        case _:
            shown = f", not {given!r}" if isinstance(given, str | int | float | bool) else ""
            return f"{place}: {_lower_first(detail['msg'])}{shown}"


def _place(loc: tuple[int | str, ...], tables: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Name the table and key of a fault as a reader of the file would; also the known keys."""
    if not loc:
        return "the file", list(Settings.model_fields)
    head, rest = str(loc[0]), list(loc[1:])
    known = [*Settings.model_fields, "defaults"]
    table = tables.get(head)
    if isinstance(table, list) and rest and isinstance(rest[0], int):
        index, rest = rest[0], rest[1:]
        entry = table[index] if index < len(table) else {}
        named = entry if isinstance(entry, dict) else {}
        name = named.get("id") or named.get("name") or named.get("channel")
        head_text = f"[[{head}]] " + (f'"{name}"' if name else f"no. {index + 1}")
        if head == "channel" and rest and str(rest[0]) in _MODELS:
            head, rest = str(rest[0]), rest[1:]
        elif len(rest) > 1 and str(rest[0]) in _MODELS and isinstance(rest[1], int):
            head, number, rest = str(rest[0]), rest[1], rest[2:]
            head_text += f" {head} no. {number + 1}"
    elif rest:
        head_text, head, rest = _place_within(head, table, rest)
    else:
        return head, known
    if head in _MODELS:
        within_expect = head == "policy" and rest[:1] == ["expect"] and len(rest) > 1
        fields = (Expected if within_expect else _MODELS[head]).model_fields
        known = [field.alias or name for name, field in fields.items()]
    return f"{head_text} {'.'.join(str(part) for part in rest)}".rstrip(), known


def _place_within(head: str, table: Any, rest: list[int | str]) -> tuple[str, str, list[int | str]]:
    """What a reader of the file calls a table, or one within it; its model, and what is left."""
    within = f"{head}.{rest[0]}"
    if within not in _MODELS or len(rest) < 2:
        return f"[{head}]", head, rest
    if not isinstance(rest[1], int):
        return f"[{within}]", within, rest[1:]
    entry = table[rest[0]][rest[1]] if isinstance(table, dict) else None
    name = entry.get("name") if isinstance(entry, dict) else None
    named = f'"{name}"' if name else f"no. {rest[1] + 1}"
    return f"[[{within}]] {named}", within, rest[2:]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


# --- faults across tables ------------------------------------------------------------------------


def _cross_check(settings: Settings) -> Iterator[str]:
    yield from _duplicates("policy", (policy.id for policy in settings.policy))
    yield from _duplicates("channel", (channel.id for channel in settings.channel))
    for policy in settings.policy:
        for problem in _policy_faults(policy):
            yield f'[[policy]] "{policy.id}" {problem}'
    for channel in settings.channel:
        if problem := _channel_fault(channel):
            yield f'[[channel]] "{channel.id}" {problem}'
    yield from vendor_faults(settings)
    yield from clock_faults(settings)
    yield from route_faults(settings)
    yield from mute_faults(settings)
    yield from _team_rule_faults(settings)
    yield from _expect_faults(settings)
    yield from _people_faults(settings.web)
    for place, url in (
        ("[web] public_url", settings.web.public_url),
        ("[daemon] heartbeat_url", settings.daemon.heartbeat_url),
        ("[evidence] timestamp_url", settings.evidence.timestamp_url),
    ):
        if url and _address_fault(url):
            yield f"{place}: is not an http(s) address; write it in full, with https://"
    if settings.workers.enabled and not settings.store.url.startswith("postgresql"):
        yield (
            "[workers] enabled: workers share a store on PostgreSQL; name one as [store] url "
            "(docs/scaling.md), or leave the checks to the daemon"
        )
    if bool(settings.evidence.timestamp_url) != bool(settings.evidence.timestamp_ca_file):
        yield (
            "[evidence] timestamp_url and timestamp_ca_file: give both; a timestamp that is held "
            "against no certificate proves nothing"
        )


def _duplicates(table: str, ids: Iterable[str], key: str = "id") -> Iterator[str]:
    for name, count in Counter(ids).items():
        if count > 1:
            yield f'[[{table}]] "{name}": this {key} is given {count} times; {key}s must be unique'
        if not name.strip() or any(c.isspace() or c in "/@" or not c.isprintable() for c in name):
            article = "an" if key == "id" else "a"
            yield f'[[{table}]] "{name}": {article} {key} has no spaces, slashes or "@"; rename it'


def _people_faults(web: config_web.WebSettings) -> Iterator[str]:
    for name, count in Counter(folded(person.name) for person in web.person).items():
        if count > 1:
            yield f'[[web.person]] "{name}": {count} people have this name; tell them apart'
    if web.oidc is not None:
        for problem in _oidc_faults(web.oidc):
            yield f"[web.oidc] {problem}"
    if web.proxy is not None:
        if not (web.proxy.role or web.proxy.roles or web.proxy.groups):
            yield '[web.proxy] role: nobody has one; write for example role = "viewer"'
        if any(network.prefixlen == 0 for network in web.proxy.peers):
            yield "[web.proxy] from: anybody could say who they are; name the proxy's own address"
        if bool(web.proxy.groups) != bool(web.proxy.groups_header):
            yield "[web.proxy] groups and groups_header: give both, or none of them"


def _oidc_faults(oidc: config_web.WebOidc) -> Iterator[str]:
    issuer = urlsplit(oidc.issuer)
    near = issuer.scheme == "http" and issuer.hostname in ("127.0.0.1", "localhost", "::1")
    if _address_fault(oidc.issuer) or not (issuer.scheme == "https" or near):
        yield "issuer: is not an https address; write it as the provider does"
    if not (oidc.role or oidc.roles or oidc.groups or oidc.domains):
        yield 'role: nobody has one; write for example domains = { "example.com" = "viewer" }'
    if "openid" not in oidc.scopes:
        yield 'scopes: "openid" is missing; without it nobody is named'
    if oidc.client_secret_env and oidc.client_secret_file:
        yield "client_secret_env: give it or client_secret_file, not both"


def _policy_faults(policy: Policy) -> Iterator[str]:
    if bool(policy.url) == bool(policy.urls):
        yield "url: give either url or urls (a list), and not both"
    for url in policy.all_urls:
        if problem := _address_fault(url):
            yield f"url: {problem}"
    if policy.language and not re.fullmatch("[a-z]{2}", policy.language):
        yield f'language: "{policy.language}" is no ISO 639-1 code; write for example "en" or "it"'
    for bounds in policy.range:
        yield from _range_faults(bounds)
    try:
        parse_every(policy.every)
    except ValueError as error:
        yield f"every: {error}"
    for key, selectors in (
        ("select", policy.select),
        ("remove", policy.remove),
        ("range", [s for r in policy.range for s in r.model_dump().values() if s]),
    ):
        for selector in selectors:
            try:
                check_selector(selector)
            except ExtractionError as error:
                yield f"{key}: {error}"


def _team_rule_faults(settings: Settings) -> Iterator[str]:
    policies = {policy.id for policy in settings.policy}
    for table, rules in (("watch", settings.watch), ("override", settings.override)):
        yield from _duplicates(table, (rule.name for rule in rules), "name")
        for rule in rules:
            for problem in _team_rule_fault(rule, policies):
                yield f'[[{table}]] "{rule.name}" {problem}'


def _team_rule_fault(rule: config.Watch | config.Override, policies: set[str]) -> Iterator[str]:
    yield from _unknown_policies(rule, policies)
    if not all(phrase.strip() for phrase in rule.phrases):
        yield "phrases: an empty phrase would match everything; remove it"
    try:
        Words(rule.phrases, rule.pattern).check()
    except PatternError as error:
        yield (
            f"pattern: is not an RE2 pattern ({error}); "
            "RE2 has no look-around and no back-references"
        )
    if isinstance(rule, config.Watch):
        if not rule.phrases and not rule.pattern:
            yield "phrases: give phrases or a pattern to watch"
        if not rule.on:
            yield 'on: is empty; write for example ["appears", "disappears"]'
    elif rule.ignore == bool(rule.severity):
        yield 'severity: give either severity, as in severity = "low", or ignore = true'


def _unknown_policies(table: config.Scoped, policies: set[str]) -> Iterator[str]:
    for policy in table.policies:
        if policy not in policies:
            near = difflib.get_close_matches(policy, policies, n=1)
            hint = f'did you mean "{near[0]}"?' if near else "declare it as a [[policy]]"
            yield f'policies: there is no policy "{policy}"; {hint}'


def _expect_faults(settings: Settings) -> Iterator[str]:
    policies = {policy.id for policy in settings.policy}
    yield from _duplicates("expect", (table.name for table in settings.expect), "name")
    for table in settings.expect:
        for problem in _unknown_policies(table, policies):
            yield f'[[expect]] "{table.name}" {problem}'
    yield from expectation_faults(settings)


def _range_faults(bounds: Range) -> Iterator[str]:
    if not any(bounds.model_dump().values()):
        yield "range: is empty; give at least start_before, start_after, end_before or end_after"
    for end in ("start", "end"):
        if getattr(bounds, f"{end}_before") and getattr(bounds, f"{end}_after"):
            yield f"range: give either {end}_before or {end}_after, and not both"


def _address_fault(url: str) -> str:
    """What is wrong with a web address, or "". One that may hold a password is not repeated."""
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        well_formed = False
    if "@" in url.partition("://")[2].partition("/")[0]:
        return "carries a user name or password before the host; remove everything up to the @"
    if not well_formed or any(c.isspace() or not c.isprintable() for c in url):
        return f'"{url}" is not an http(s) address; write it in full, with https://'
    return ""


def _channel_fault(channel: config.Channel) -> str:
    match channel:
        case config.SlackChannel():
            if bool(channel.url or channel.url_env) == bool(channel.token_env):
                return "needs either url or url_env (incoming webhook), or token_env (bot token)"
            if channel.token_env and not channel.channel:
                return 'channel: is missing; name the Slack channel to post to, as in "#privacy"'
        case config.WebhookChannel() if bool(channel.url) == bool(channel.url_env):
            return "needs url or url_env (and not both)"
        case config.AppriseChannel() if bool(channel.url_env) == bool(channel.url_file):
            return "needs url_env or url_file (and not both): the address holds secrets"
        case config.EmailChannel() if not channel.to or "@" not in "".join(channel.to):
            return 'to: give at least one address, as in to = ["privacy@example.com"]'
        case config.EmailChannel() if "@" not in channel.sender:
            return 'from: is not an e-mail address; write "policywatch@example.com"'
        case config.EmailChannel() if channel.password_env and channel.password_file:
            return "password_env: give it or password_file, not both"
    return ""
