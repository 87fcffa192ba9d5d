#!/bin/sh
# Installs the npm packages of the local Cosmos endpoint where they are missing or have changed.
set -eu
cd "$(dirname "$0")"

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci
fi
