#!/bin/sh
# axe-core for the tests of accessibility, where npm is; without it they are skipped.
set -eu
cd "$(dirname "$0")/.."
[ ! -e node_modules/axe-core ] || exit 0
command -v npm >/dev/null 2>&1 || { echo "No npm: the tests with axe-core will be skipped." >&2; exit 0; }
npm install --prefix . --no-save --no-package-lock --no-audit --no-fund --silent \
    --fetch-retries 0 --fetch-timeout 20000 axe-core@4.14.1 ||
    echo "npm could not fetch axe-core: the tests with it will be skipped." >&2
