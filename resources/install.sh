#!/bin/sh
# Sets sslviz up in this checkout: a virtual environment in .venv, with the project installed into it (editable).
#
#   sh resources/install.sh         to run it
#   sh resources/install.sh test    to run its tests as well
#
# Nothing is done twice: when nothing changed it ends in well under a second. System libraries that Qt needs are
# installed where that is possible (root on Debian or a relative of it); elsewhere the line to run is printed.
# pip's own variables apply, for example the smaller torch that has no CUDA in it:
#   PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu sh resources/install.sh
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=$root/.venv
stamp=$venv/sslviz-installed

# Library and Debian package; without the first group not even a picture can be drawn, the second is for X11.
basic='libglib-2.0.so.0:libglib2.0-0 libGL.so.1:libgl1 libEGL.so.1:libegl1 libxkbcommon.so.0:libxkbcommon0
libdbus-1.so.3:libdbus-1-3 libfontconfig.so.1:libfontconfig1 libgomp.so.1:libgomp1'
x11='libxcb-cursor.so.0:libxcb-cursor0 libxcb-icccm.so.4:libxcb-icccm4 libxcb-keysyms.so.1:libxcb-keysyms1
libxcb-shape.so.0:libxcb-shape0 libxkbcommon-x11.so.0:libxkbcommon-x11-0'

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

main() {
    case ${1-} in
        '' | test) extra=${1-} ;;
        *) fail "usage: sh resources/install.sh [test]" ;;
    esac
    python=$(find_python) || {
        install_packages python3 python3-venv || fail "sslviz needs Python 3.11 or newer, which is not here." \
            "$(advice "python3 python3-venv $(packages_of "$basic $x11")")"
        python=$(find_python) || fail "sslviz needs Python 3.11 or newer, and this system's own is older."
    }
    install_libraries
    if ! is_current; then
        install_project
    fi
    report_libraries
}

# ---------------------------------------------------------------------------------------------------- Python

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

ensure_venv_module() {
    if has_venv_module; then
        return 0
    fi
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if install_packages "$package" && has_venv_module; then
        return 0
    fi
    fail "$python cannot make virtual environments: its venv module is not installed." \
        "$(advice "$package $(missing_packages "$basic $x11")")"
}

has_venv_module() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# ---------------------------------------------------------------------------------------------------- the project

fingerprint() { cat "$root/pyproject.toml" "$root/resources/install.sh" "$venv/pyvenv.cfg" 2>/dev/null | cksum; }

# What is installed with the tests serves to run it as well.
is_current() {
    [ -x "$venv/bin/python" ] && [ -x "$venv/bin/sslviz" ] && [ -f "$stamp" ] || return 1
    found=$(cat "$stamp")
    wanted=$(fingerprint)
    [ "$found" = "$wanted $root test" ] || { [ -z "$extra" ] && [ "$found" = "$wanted $root " ]; }
}

install_project() {
    if ! is_usable; then
        ensure_venv_module
        say "Making a virtual environment in $venv"
        rm -rf "$venv"
        "$python" -m venv "$venv"
    fi
    rm -f "$stamp"
    say "Installing sslviz and what it needs into $venv (a few minutes the first time)"
    suggest_cpu
    (cd "$root" && "$venv/bin/python" -m pip install --disable-pip-version-check --editable ".${extra:+[$extra]}")
    say "Compiling the map's layout, once"
    "$venv/bin/python" -c 'from sslviz.reduction.worker import warm_up; warm_up()' || true
    printf '%s' "$(fingerprint) $root $extra" >"$stamp"
    say "sslviz is installed: $venv/bin/sslviz"
}

# Not where it was made half, by an older Python, or in a folder since moved: its scripts name the old one.
is_usable() {
    "$venv/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || return 1
    [ ! -e "$venv/bin/pip" ] || head -n 3 "$venv/bin/pip" | grep -qF "$venv/bin/"
}

suggest_cpu() {
    [ "$(uname -s)" = Linux ] && [ ! -e /dev/nvidia0 ] && [ -z "${PIP_EXTRA_INDEX_URL-}" ] || return 0
    "$venv/bin/python" -c 'import torch' >/dev/null 2>&1 && return 0
    say "No NVIDIA GPU was found here. This downloads about 2 GB less:" \
        "PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu sh resources/install.sh${extra:+ $extra}"
}

# ---------------------------------------------------------------------------------------------------- libraries

install_libraries() {
    missing=$(missing_packages "$basic $x11")
    # shellcheck disable=SC2086  # one word per package
    [ -z "$missing" ] || install_packages $missing || true
}

report_libraries() {
    missing=$(missing_packages "$basic $x11")
    [ -n "$missing" ] || return 0
    if [ -n "$(missing_packages "$basic")" ]; then
        fail "sslviz is installed, but its window needs system libraries that are missing here." "$(advice "$missing")"
    fi
    say "sslviz is installed. On an X11 display its window needs a few more system libraries." "$(advice "$missing")"
}

# Those whose library cannot be loaded; none where libraries are not found this way.
missing_packages() {
    [ "$(uname -s)" = Linux ] || return 0
    # shellcheck disable=SC2086  # one word per library
    "$python" - $1 <<'PYTHON'
import ctypes, sys

missing = []
for library, package in (word.split(":") for word in sys.argv[1:]):
    try:
        ctypes.CDLL(library)
    except OSError:
        missing.append(package)
print(*missing)
PYTHON
}

packages_of() {
    for pair in $1; do
        printf '%s ' "${pair#*:}"
    done
}

# False where it is not allowed or not possible.
install_packages() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    say "Installing system packages: $*" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null &&
        apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

advice() {
    if command -v apt-get >/dev/null 2>&1; then
        say "Run this, then the same command again:  sudo apt-get install -y $1"
    else
        say "Install these, or what your system calls them, then run the same command again:  $1"
    fi
}

main "$@"
