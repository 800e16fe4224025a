"""The command line: `policywatch [--config FILE] COMMAND`.

Exit codes: 0 done; 1 only through --fail-on; 2 usage or configuration; 3 a fault; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from monitor.errors import ConfigError, MonitorError
from monitor.secrecy import show_masked


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line (sys.argv by default); our errors become messages and exit codes."""
    sys.excepthook = show_masked
    try:
        # Loaded here, so that Ctrl-C while it loads is answered like Ctrl-C later.
        from monitor.cli.commands import command

        command(args=arguments)
    except ConfigError as error:
        _leave(2, error.problems)
    except MonitorError as error:
        _leave(3, [str(error)])
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(3)


def _leave(code: int, problems: Iterable[str]) -> None:
    from monitor.cli.output import fail

    fail(problems)
    sys.exit(code)
