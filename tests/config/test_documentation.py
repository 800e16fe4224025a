"""Nothing a user can set or call is undocumented."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from monitor import config, config_web

DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"

TABLES: dict[str, type[BaseModel]] = {
    "": config.Policy,
    "fetch": config.FetchSettings,
    "capture": config.CaptureSettings,
    "store": config.StoreSettings,
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
    "vendor": config.Vendor,
    "vendor.period": config.ContractPeriod,
    "watch": config.Watch,
    "override": config.Override,
    "expect": config.Expect,
    "route": config.Route,
    "mute": config.Mute,
    "email": config.EmailChannel,
    "slack": config.SlackChannel,
    "webhook": config.WebhookChannel,
}


@pytest.mark.parametrize("table", TABLES)
def test_every_setting_is_documented(table: str) -> None:
    """A key that docs/configuration.md does not name cannot be found by a user."""
    text = DOCS.read_text(encoding="utf-8")
    for name, field in TABLES[table].model_fields.items():
        key = field.alias or name
        assert f"`{key}`" in text or f"`{table}.{key}`" in text, f"{table}.{key}"
