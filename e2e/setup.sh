#!/bin/sh
# Installs what the tests in this directory need and what is missing: Chromium, what ./cluster starts,
# and the npm packages.
set -eu
cd "$(dirname "$0")"
PATH=$PATH:/usr/sbin

missing=
command -v chromium > /dev/null 2>&1 || missing="$missing chromium fonts-noto-color-emoji"
command -v redis-server > /dev/null 2>&1 || missing="$missing redis-server"
command -v nginx > /dev/null 2>&1 || missing="$missing nginx"
if [ -n "$missing" ]; then
  as_root=
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  $as_root apt-get update -qq
  # shellcheck disable=SC2086 # words
  $as_root apt-get install -y -qq --no-install-recommends $missing
fi

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci
fi
