#!/bin/sh
# Makes sure that what tests hold reports to is there: the published schemas of SARIF and JUnit, which two packages have among
# their files, and xmllint. Does nothing and says nothing where all is there.
set -eu
cd "$(dirname "$0")/.."

manifest=tests/standards/Cargo.toml
if ! cargo metadata --offline --locked --format-version 1 --manifest-path "$manifest" >/dev/null 2>&1; then
    echo "downloading the schemas of SARIF and JUnit"
    cargo fetch --quiet --locked --manifest-path "$manifest"
fi

if ! command -v xmllint >/dev/null 2>&1; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "error: xmllint is not installed" >&2
        echo "help: install it (it belongs to libxml2), then try again" >&2
        exit 1
    fi
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    echo "installing xmllint (libxml2-utils) with apt-get"
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libxml2-utils
fi
