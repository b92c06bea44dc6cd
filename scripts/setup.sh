#!/bin/sh
# Makes sure that what the build needs is there: Rust and a C compiler (for the allocator and for zstd). Installs the
# compiler on Debian and Ubuntu; does nothing and says nothing where all is there.
set -eu
. "$(dirname "$0")/debian.sh"

has_rust() {
    command -v cargo >/dev/null 2>&1
}

# A compiler without the C library's headers is of no use: compile and link something.
has_c_compiler() {
    work=$(mktemp -d)
    printf '#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n' >"$work/probe.c"
    result=0
    "${CC:-cc}" "$work/probe.c" -o "$work/probe" >/dev/null 2>&1 || result=1
    rm -r "$work"
    return $result
}

if ! has_c_compiler; then
    install_packages "a C compiler with the headers of the C library" gcc libc6-dev
    if ! has_c_compiler; then
        echo "error: the C compiler still does not work (tried: ${CC:-cc})" >&2
        exit 1
    fi
fi

# rustup installs here, and a shell that was open before does not know it yet. The Makefile looks here too.
PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
if ! has_rust; then
    echo "error: cargo is not installed" >&2
    echo "help: get Rust with: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh" >&2
    exit 1
fi
