#!/bin/sh
# Installs what the tests in this directory need and what is missing: Chromium and the npm packages.
set -eu
cd "$(dirname "$0")"

if ! command -v chromium > /dev/null 2>&1; then
  as_root=
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  $as_root apt-get update -qq
  $as_root apt-get install -y -qq --no-install-recommends chromium fonts-noto-color-emoji
fi

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci
fi
