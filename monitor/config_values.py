"""What values of config.toml are made of: tables, durations, networks."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_duration(value: Any) -> timedelta:
    """Read "2s", "15m", "6h", "1d", "1h30m" (or a timedelta). Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhdw])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f'"{value}" is not a duration: write for example "2s", "15m", "6h", "1d"')
    try:
        return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
    except OverflowError as error:
        raise ValueError(f'"{value}" is longer than any clock can count') from error


def parse_network(value: Any) -> IPv4Network | IPv6Network:
    """Read "10.20.0.0/16". Raises ValueError."""
    try:
        return ip_network(value)
    except ValueError as error:
        raise ValueError(
            f'"{value}" is not a network ({error}): write for example "10.20.0.0/16"'
        ) from error


def _lasting(value: timedelta) -> timedelta:
    if not value:
        raise ValueError('must be longer than "0s"')
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
#: A duration in which something must happen, or after which something happens again.
Period = Annotated[Duration, AfterValidator(_lasting)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(parse_network)]


class Table(BaseModel):
    """A TOML table: immutable, and unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)
