#!/bin/sh
# Builds the portal into src/quanyu/app/static where its sources have changed since the last build.
set -eu
cd "$(dirname "$0")/.."
static=src/quanyu/app/static
now=$(find portal -path portal/node_modules -prune -o -path portal/dist -prune -o -type f -print | LC_ALL=C sort | xargs cat | cksum)
[ -f "$static/.built" ] && [ "$(cat "$static/.built")" = "$now" ] && exit 0
if ! command -v npm >/dev/null 2>&1; then
  echo "The portal is not built: install Node 20.19 or newer with npm, then run 'make portal'. The API works without it."
  exit 0
fi
cd portal
npm ci --prefer-offline --no-audit --no-fund --loglevel=error
npm run --silent build
cd ..
printf '%s' "$now" > "$static/.built"
