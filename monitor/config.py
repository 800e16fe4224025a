"""config.toml as typed, frozen settings: the schema, its defaults, and clear faults.

``load`` reads one TOML file. Every fault names the file, the key and a remedy, and all faults are
reported at once. Secrets come only from environment variables (``*_env``) or files (``*_file``).
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from monitor.config_values import Duration, Network, Period, Table
from monitor.config_web import WebSettings
from monitor.expectations.declared import Expected
from monitor.hours import parse_clock, parse_span, parse_until
from monitor.model import Category, Direction, Severity
from monitor.notice.calendar import Period as NoticePeriod
from monitor.notice.calendar import parse_holiday, parse_period, parse_zone


def _clock(value: str) -> str:
    parse_clock(value)
    return value


def _span(value: str) -> str:
    if value:
        parse_span(value)
    return value


def _zone_if_given(value: str) -> str:
    return parse_zone(value) if value else value


#: A time of day, "08:00".
Clock = Annotated[str, AfterValidator(_clock)]
#: A period of notice, "30 days" or "1 month", kept in its own unit.
Notice = Annotated[NoticePeriod, BeforeValidator(parse_period)]
#: How many days before a deadline people are reminded of it; none: not at all.
Remind = tuple[Annotated[int, Field(ge=0, le=365)], ...]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PolicyType = Literal["privacy", "terms", "dpa", "subprocessors", "cookies", "other"]


class StoreSettings(Table):
    url: str = "sqlite:///policywatch.db"
    keep_checks: Duration = timedelta(days=90)
    keep_suspects: Period | None = None
    keep_pages: Period | None = None


class EvidenceSettings(Table):
    """A timestamp authority (RFC 3161) and the certificates it is held against."""

    timestamp_url: str = ""
    timestamp_ca_file: str = ""


class FetchSettings(Table):
    user_agent: str = Field(
        default="policywatch/0.1 (policy change monitor)", pattern=r"^[\x21-\x7e][\x20-\x7e]*$"
    )
    timeout: Period = timedelta(seconds=20)
    deadline: Period = timedelta(seconds=60)
    max_bytes: int = Field(default=10_000_000, ge=1000)
    max_redirects: int = Field(default=8, ge=0, le=20)
    concurrency: int = Field(default=16, ge=1, le=64)
    per_host_concurrency: int = Field(default=2, ge=1)
    per_host_delay: Duration = timedelta(seconds=1)
    retries: int = Field(default=2, ge=0, le=10)
    robots: bool = True
    proxy: str | None = None
    ca_file: str = ""
    chromium: str = ""
    allow_networks: tuple[Network, ...] = ()


class CaptureSettings(Table):
    confirm_after: Duration = timedelta(minutes=15)
    flap_hold: Duration = timedelta(hours=24)
    unreachable_after: Duration = timedelta(days=2)


class ExtractionSettings(Table):
    processes: int = Field(default=2, ge=1, le=64)
    timeout: Period = timedelta(seconds=30)
    max_memory_mb: int = Field(default=512, ge=256)


class NoticeSettings(Table):
    """How days of notice are counted (docs/notice.md)."""

    timezone: Annotated[str, AfterValidator(parse_zone)] = "UTC"
    holidays: tuple[Annotated[date | tuple[int, int], BeforeValidator(parse_holiday)], ...] = ()
    weekend: tuple[Weekday, ...] = ("saturday", "sunday")
    clear_days: bool = False
    remind: Remind = (14, 7, 1)


class InboxSettings(Table):
    """A mailbox that vendors' notices come to (docs/vendor-notices.md)."""

    host: str
    port: int = Field(default=993, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "tls"
    user: str
    password_env: str | None = None
    password_file: str | None = None
    folder: str = "INBOX"
    every: Period = timedelta(minutes=15)
    look_back: Period = timedelta(days=14)


class DaemonSettings(Table):
    tick: Period = timedelta(seconds=1)
    heartbeat_url: str = ""
    heartbeat_every: Period = timedelta(minutes=5)
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class WorkersSettings(Table):
    """Whether checks are left to `policywatch worker`, and when one of these is given up."""

    enabled: bool = False
    lost_after: Annotated[Period, Field(ge=timedelta(seconds=1))] = timedelta(seconds=30)


class SamplesSettings(Table):
    enabled: bool = True
    port: int = Field(default=8378, ge=0, le=65535)
    step: Period = timedelta(seconds=8)


class Defaults(Table):
    every: str = "6h"
    fetch: Literal["http", "browser"] = "http"
    language: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()


class Range(Table):
    """Text between two places; each is a CSS selector, before or after which the range runs."""

    start_before: str | None = None
    start_after: str | None = None
    end_before: str | None = None
    end_after: str | None = None


class Policy(Table):
    """One watched document: ``[[policy]]``."""

    id: str
    service: str = ""
    type: PolicyType = "privacy"
    url: str | None = None
    urls: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    range: tuple[Range, ...] = ()
    fetch: Literal["http", "browser"] = "http"
    every: str = "6h"
    tags: tuple[str, ...] = ()
    language: str = ""
    owner: str = ""
    vendor: str = ""
    enabled: bool = True
    laws: tuple[str, ...] = ()
    remind: Remind | None = None
    expect: Expected | None = None

    @property
    def all_urls(self) -> tuple[str, ...]:
        """Every URL whose answers, in this order, make the document."""
        return (self.url,) if self.url else self.urls


class Scoped(Table):
    """Which policies a table of a team's own rules is about; what is not given lets all pass."""

    policies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    types: tuple[PolicyType, ...] = ()

    def concerns(self, policy: Policy) -> bool:
        """Whether every filter that is given lets this policy pass."""
        services = {service.casefold() for service in self.services}
        return (
            (not self.policies or policy.id in self.policies)
            and (not self.tags or not set(self.tags).isdisjoint(policy.tags))
            and (not services or policy.service.casefold() in services)
            and (not self.types or policy.type in self.types)
        )


class Watch(Scoped):
    """Words whose coming, going or change a team wants to hear of: ``[[watch]]``."""

    name: str
    phrases: tuple[str, ...] = ()
    pattern: str = ""
    on: tuple[Literal["appears", "disappears", "changes"], ...] = ("appears", "disappears")
    category: Category | None = None
    direction: Direction = "neutral"
    severity: Severity = "high"


class Override(Scoped):
    """Findings that a team rates otherwise, or ignores: ``[[override]]``."""

    name: str
    categories: tuple[Category, ...] = ()
    directions: tuple[Direction, ...] = ()
    rules: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    pattern: str = ""
    severity: Severity | None = None
    ignore: bool = False
    reason: str = ""


class Expect(Expected, Scoped):
    """What is expected of several policies: ``[[expect]]``."""

    name: str
    vendors: tuple[str, ...] = ()


class ContractPeriod(Table):
    """A period that the contract with a vendor sets: ``[[vendor.period]]``.

    ``right`` is what it gives: notice of a change, time to object, time to terminate. It runs from
    ``starts``: the notice of a change, the day on which it takes effect, the later of both; "until
    effect" lasts until the day before, and has no ``length``.
    ``on`` says what must happen to a sub-processor for a period about them.
    """

    right: Literal["notice", "objection", "termination"]
    length: Notice | None = None
    about: Literal["policy", "price", "subprocessors"] = "policy"
    starts: Literal["notice", "effect", "later", "until effect"] = "notice"
    on: tuple[Literal["added", "replaced", "relocated"], ...] = ("added", "replaced")
    clause: str = ""


class Vendor(Table):
    """Another company whose documents bind us: ``[[vendor]]``. Its contract is with us."""

    name: str
    domains: tuple[str, ...] = ()
    role: Literal["", "controller", "processor", "joint controller", "customer"] = ""
    data: tuple[str, ...] = ()
    owner: str = ""
    contract: str = ""
    precedence: Literal["earliest", "contract", "policy"] = "earliest"
    period: tuple[ContractPeriod, ...] = ()
    laws: tuple[str, ...] = ()
    remind: Remind | None = None


class ChannelTable(Table):
    """What every ``[[channel]]`` has; ``per_minute`` is the most messages a minute."""

    id: str
    per_minute: Annotated[float, Field(gt=0, le=6000)] | None = None


class ConsoleChannel(ChannelTable):
    kind: Literal["console"]


class EmailChannel(ChannelTable):
    kind: Literal["email"]
    smtp_host: str
    smtp_port: int = Field(default=587, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    sender: str = Field(alias="from")
    to: tuple[str, ...]
    unsubscribe: str = ""
    timeout: Period = timedelta(seconds=30)


class SlackChannel(ChannelTable):
    """An incoming webhook (``url``/``url_env``) or a bot token with a ``channel``."""

    kind: Literal["slack"]
    url: str | None = None
    url_env: str | None = None
    token_env: str | None = None
    channel: str | None = None
    threads: bool = True
    signing_secret_env: str | None = None
    api_url: str = "https://slack.com/api/"
    timeout: Period = timedelta(seconds=15)


class WebhookChannel(ChannelTable):
    kind: Literal["webhook"]
    url: str | None = None
    url_env: str | None = None
    secret_env: str | None = None
    timeout: Period = timedelta(seconds=15)


class AppriseChannel(ChannelTable):
    """A service that apprise speaks to; its address holds secrets, so it never stands here."""

    kind: Literal["apprise"]
    url_env: str | None = None
    url_file: str | None = None
    timeout: Period = timedelta(seconds=30)


def _mention(name: str) -> str:
    if name not in ("here", "channel", "everyone") and not re.fullmatch(
        r"[UWS][A-Z0-9]{4,20}", name
    ):
        raise ValueError(
            f'"{name}" is nobody whom Slack can call: write "here", "channel", the id of a person '
            '(as in "U024BE7LH", from the profile under "Copy member ID") or that of a group '
            '(as in "S012AB34C")'
        )
    return name


#: Whom Slack calls: a person, a group, or whoever is in the channel.
Mention = Annotated[str, AfterValidator(_mention)]

Channel = Annotated[
    ConsoleChannel | EmailChannel | SlackChannel | WebhookChannel | AppriseChannel,
    Field(discriminator="kind"),
]


class Route(Table):
    """Which alerts a channel gets, and when: all of the given conditions must hold."""

    channel: str
    severity: Severity = "medium"
    health: bool | Literal["only"] = True
    expectations: bool = True
    deadlines: bool = True
    policies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    types: tuple[PolicyType, ...] = ()
    vendors: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    verdicts: tuple[Literal["material", "minor"], ...] = ()
    categories: tuple[str, ...] = ()
    directions: tuple[Direction, ...] = ()
    go_on: bool = Field(default=True, alias="continue")
    digest: Literal["", "hourly", "daily", "weekly"] = ""
    at: Clock = "08:00"
    on: Weekday = "monday"
    quiet: Annotated[str, AfterValidator(_span)] = ""
    quiet_days: tuple[Weekday, ...] = ()
    timezone: Annotated[str, AfterValidator(_zone_if_given)] = ""
    throttle: Period | None = None
    escalate_after: Period | None = None
    escalate_to: str = ""
    mention: tuple[Mention, ...] = ()


class Mute(Scoped):
    """Findings, or whole policies, that nobody is told of for a time: ``[[mute]]``."""

    name: str
    until: Annotated[date | datetime, BeforeValidator(parse_until)]
    reason: str
    categories: tuple[Category, ...] = ()
    phrases: tuple[str, ...] = ()
    pattern: str = ""


class Settings(BaseSettings):
    """The whole configuration. ``POLICYWATCH_STORE__URL`` and the like override single keys."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="POLICYWATCH_",
        env_nested_delimiter="__",
        populate_by_name=True,
    )

    store: StoreSettings = StoreSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    fetch: FetchSettings = FetchSettings()
    capture: CaptureSettings = CaptureSettings()
    extraction: ExtractionSettings = ExtractionSettings()
    notice: NoticeSettings = NoticeSettings()
    inbox: InboxSettings | None = None
    web: WebSettings = WebSettings()
    daemon: DaemonSettings = DaemonSettings()
    workers: WorkersSettings = WorkersSettings()
    samples: SamplesSettings | None = None
    policy: tuple[Policy, ...] = ()
    vendor: tuple[Vendor, ...] = ()
    watch: tuple[Watch, ...] = ()
    override: tuple[Override, ...] = ()
    expect: tuple[Expect, ...] = ()
    channel: tuple[Channel, ...] = ()
    route: tuple[Route, ...] = ()
    mute: tuple[Mute, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose tables come in as init values."""
        return env_settings, init_settings
