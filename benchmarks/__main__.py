"""Run every benchmark that this machine can run; each says what it needs where it cannot.

usage: python -m benchmarks
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
EVAL = HERE.parents[1] / "shared" / "eval"


def main() -> int:
    """Run the benchmarks one after another, each in a process of its own."""
    commands = [["extraction"], ["semantics", str(EVAL)], ["seeds"], ["classify"]]
    failed = []
    for name, *arguments in commands:
        if not (HERE / f"{name}.py").exists():
            continue
        if arguments and not EVAL.exists():
            print(f"== {name}: skipped, {EVAL} is not there")
            continue
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        print("failed:", ", ".join(failed))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
