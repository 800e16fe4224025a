"""deploy/policywatch.service: what the service may not do, and that systemd agrees."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from monitor.credentials import environment
from monitor.errors import ConfigError

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "policywatch.service"


def directives(path: Path) -> dict[str, list[str]]:
    """Every directive of a unit with all its values, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text().splitlines():
        if match := re.fullmatch(r"(\w+)=(.*)", line):
            found[match[1]].append(match[2])
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("ProtectProc", "invisible"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("PrivateUsers", "yes"),
        ("CapabilityBoundingSet", ""),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("RestrictNamespaces", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("SystemCallArchitectures", "native"),
        ("StateDirectory", "policywatch"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("LimitCORE", "0"),
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("RestartPreventExitStatus", "2"),
    ],
)
def test_the_service_is_closed(name: str, value: str) -> None:
    """Each of these takes something away that policywatch does not need."""
    assert directives(UNIT)[name] == [value]


def test_system_calls_are_those_of_a_service_without_privileges() -> None:
    """The second line takes away from the first."""
    assert directives(UNIT)["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]


def test_secrets_come_as_credentials_not_as_variables() -> None:
    """A variable is inherited by every program that is started."""
    unit = directives(UNIT)
    assert unit["LoadCredential"] == ["policywatch:/etc/policywatch/secrets"]
    assert "EnvironmentFile" not in unit
    given = [line.partition("=")[0] for line in unit["Environment"]]
    assert given == ["POLICYWATCH_STORE__URL", "POLICYWATCH_DAEMON__LOG_FORMAT"]


def test_a_browser_gets_back_what_its_sandbox_needs_and_nothing_else() -> None:
    """Everything else of the unit still holds."""
    assert set(directives(DEPLOY / "policywatch-browser.conf")) == {
        "MemoryDenyWriteExecute", "ProcSubset", "RestrictNamespaces", "SystemCallFilter",
        "MemoryMax", "TasksMax",
    }  # fmt: skip


def test_systemd_finds_little_exposure() -> None:
    """Its own figure: 0 is closed, 10 is open. What is left is the network and the root folder."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    done = subprocess.run(
        [program, "security", "--offline=true", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level .*: (\d+\.\d)", done.stdout)
    if found is None:
        pytest.skip(f"this systemd-analyze cannot judge a file: {done.stderr.strip()[:100]}")
    assert float(found[1]) <= 1.2, done.stdout


# --- credentials ---------------------------------------------------------------------------------


def test_a_credential_stands_for_a_variable_that_is_not_set(tmp_path: Path) -> None:
    """Of the folder's form, whose names systemd begins with ours, and by its own name."""
    (tmp_path / "policywatch_SMTP_PASSWORD").write_text("from the folder\n")
    (tmp_path / "SLACK_TOKEN").write_text("by name")
    (tmp_path / "policywatch_IMAP_PASSWORD").write_text("a credential")
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path), "IMAP_PASSWORD": "a variable"}
    found = environment(given)
    assert found["SMTP_PASSWORD"] == "from the folder"
    assert found["SLACK_TOKEN"] == "by name"
    assert found["IMAP_PASSWORD"] == "a variable"
    assert "SMTP_PASSWORD" not in environment({"IMAP_PASSWORD": "a variable"})


def test_a_credential_that_is_no_text_is_named_and_not_shown(tmp_path: Path) -> None:
    """A key in binary form, say."""
    (tmp_path / "policywatch_KEY").write_bytes(b"secret \xff\xfe")
    with pytest.raises(ConfigError, match="as its only line") as error:
        environment({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert "secret \\xff" not in str(error.value)
