# For the other scripts, which read it: installs packages on Debian and Ubuntu.

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "error: root is needed to run: $*" >&2
        echo "help: run it as root, then try again" >&2
        exit 1
    fi
}

# `install_packages WHAT PACKAGE…`; WHAT is for people, where no package can be installed.
install_packages() {
    what=$1
    shift
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "error: $what is missing" >&2
        echo "help: install $what, then try again" >&2
        exit 1
    fi
    echo "installing $what ($*) with apt-get"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}
