#!/bin/sh
# Installs what the build needs into this folder, and builds.
set -eu
cd "$(dirname "$0")/.."
command -v npm >/dev/null || { echo "cordon needs npm (Node.js 20 or newer)" >&2; exit 1; }
command -v cargo >/dev/null || { echo "cordon needs cargo (Rust 1.95 or newer)" >&2; exit 1; }
npm ci --ignore-scripts
node_modules/.bin/node scripts/build.ts
