#!/bin/sh
# Makes sure that what tests hold reports to is there: the published schemas of SARIF and JUnit, which two packages have among
# their files, and xmllint. Does nothing and says nothing where all is there.
set -eu
cd "$(dirname "$0")/.."
. scripts/debian.sh

manifest=tests/standards/Cargo.toml
if ! cargo metadata --offline --locked --format-version 1 --manifest-path "$manifest" >/dev/null 2>&1; then
    echo "downloading the schemas of SARIF and JUnit"
    cargo fetch --quiet --locked --manifest-path "$manifest"
fi

command -v xmllint >/dev/null 2>&1 || install_packages "xmllint" libxml2-utils
