"""Secrets by name: environment variables, and beneath them what systemd hands to the service.

``LoadCredential=policywatch:/etc/policywatch/secrets`` makes of each file there a credential that
only the service can read (systemd.exec(5)), named "policywatch_" and the file's name. Unlike
variables they are in no process's environment, where programs that it starts would find them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from monitor.errors import ConfigError

_PREFIX = "policywatch_"


def environment(given: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """The environment, with credentials for what is not set in it. Raises ConfigError."""
    folder = given.get("CREDENTIALS_DIRECTORY", "")
    return {**_credentials(Path(folder)), **given} if folder else given


def _credentials(folder: Path) -> dict[str, str]:
    found = {}
    try:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                found[path.name.removeprefix(_PREFIX)] = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the credentials in {folder} cannot be read ({error}). Each is a file with the secret "
            "as its only line, in UTF-8; see LoadCredential= in the service's unit"
        ) from error
    return found
