"""Print uv.lock as pip constraints (``name==version`` a line), so that pip installs the same pins.

usage: python tools/constraints.py uv.lock > constraints.txt
"""

import sys
import tomllib
from pathlib import Path


def constraints(lock: str) -> list[str]:
    """Give one constraint for each locked package that comes from a registry.

    A package locked at several versions (one per platform) is left to the resolver.
    """
    packages = [p for p in tomllib.loads(lock)["package"] if "registry" in p.get("source", {})]
    names = [package["name"] for package in packages]
    return [f"{p['name']}=={p['version']}" for p in packages if names.count(p["name"]) == 1]


if __name__ == "__main__":
    sys.stdout.write("\n".join(constraints(Path(sys.argv[1]).read_text("utf-8"))) + "\n")
