"""The config.toml in the repository: valid, with samples to start with and policies to go on."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from monitor import config_file
from monitor.config import Settings

SHIPPED = Path(__file__).parents[2] / "config.toml"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return config_file.load(SHIPPED).settings


def test_the_shipped_file_starts_with_samples_and_a_console(settings: Settings) -> None:
    """A newcomer who changes nothing sees alerts of the samples on the terminal."""
    assert settings.samples is not None
    assert settings.samples.enabled
    assert [channel.kind for channel in settings.channel] == ["console"]
    assert [route.channel for route in settings.route] == [settings.channel[0].id]
    assert settings.store.url.startswith("sqlite:///")


def test_the_shipped_file_watches_real_policies_of_several_types(settings: Settings) -> None:
    """Two dozen real policies; selectors, several URLs, an interval and a cron line among them."""
    assert len(settings.policy) >= 25
    types = {policy.type for policy in settings.policy}
    assert {"privacy", "terms", "dpa", "subprocessors"} <= types
    assert any(policy.select for policy in settings.policy)
    assert any(policy.remove for policy in settings.policy)
    assert any(len(policy.urls) > 1 for policy in settings.policy)
    assert any(" " in policy.every for policy in settings.policy)


def test_without_the_samples_table_it_is_a_production_configuration() -> None:
    """Deleting [samples] leaves everything else as it was, and nothing to repair."""
    tables = tomllib.loads(SHIPPED.read_text("utf-8"))
    whole = config_file.from_tables(tables)
    del tables["samples"]
    rest = config_file.from_tables(tables)
    assert rest.samples is None
    assert rest == whole.model_copy(update={"samples": None})


def test_what_is_commented_out_is_valid_too() -> None:
    """Uncommenting every example in the file gives channels and policies that load."""
    lines = SHIPPED.read_text("utf-8").splitlines()
    examples: list[str] = []
    inside = False
    for line in lines:
        inside = line.startswith("# [[") or (inside and line.startswith("#"))
        if inside:
            examples.append(line.removeprefix("#").removeprefix(" "))
    settings = config_file.from_tables(tomllib.loads("\n".join(examples)))
    assert [channel.kind for channel in settings.channel] == ["email", "slack"]
    assert [policy.fetch for policy in settings.policy] == ["browser"]
