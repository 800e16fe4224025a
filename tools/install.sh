#!/bin/sh
# Make .venv with the versions pinned in uv.lock: by uv where there is one, else by venv and pip.
# usage: tools/install.sh run|dev|audit
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
# The environment of a caller must not redirect uv into another environment.
unset VIRTUAL_ENV || true

if command -v uv >/dev/null 2>&1; then
    case $kind in
        run) set -- --no-dev --extra docx ;;
        dev) set -- --all-extras --compile-bytecode ;;
        audit) set -- --all-extras --group audit ;;
    esac
    if uv sync --quiet --frozen --inexact "$@"; then exit 0; fi
    echo "uv could not install the locked packages; trying venv and pip instead." >&2
fi

python=
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "policywatch needs Python 3.11 or newer, and none was found: install one, or uv." >&2
    exit 1
fi

echo "Installing into .venv with pip (about a minute, once)." >&2
[ -x .venv/bin/python ] || "$python" -m venv .venv
# An environment that uv made has no pip.
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
.venv/bin/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
.venv/bin/python tools/constraints.py uv.lock > .venv/constraints.txt
everything='.[apprise,browser,docx,oidc,pdf,postgresql,warc]'
case $kind in
    run) set -- '.[docx]' ;;
    dev) set -- "$everything" --group dev ;;
    audit) set -- "$everything" --group dev --group audit ;;
esac
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c .venv/constraints.txt -e "$@"
