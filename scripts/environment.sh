# Sourced by the commands beside it, which set `here`, the folder of both: makes the environment
# `.venv` beside pyproject.toml. POSIX sh. Sets `root`; `make_environment EXTRAS` installs the
# package into "$root/.venv".

root=$(CDPATH='' cd -- "$here/.." && pwd -P) || exit 1

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Tells a person who waits at a terminal what is being done.
note() {
    [ ! -t 2 ] || printf '%s\n' "$*" >&2
}

# find_python [CHECK]: prints the first Python that is new enough and passes the check, as a path
# without links: an environment of `python3` breaks once that name means another release.
find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do
        "$candidate" -I -c "import os, sys; sys.version_info >= (3, 10) or sys.exit(1)
${1-}
print(os.path.realpath(sys.executable))" 2>/dev/null && return 0
    done
    return 1
}

# Prints what the environment is made from, its place first. A change makes it anew.
environment_key() {
    printf '%s\n' "$root" && cat "$root/pyproject.toml"
}

is_made_with() {
    [ -f "$root/.venv/.made$1" ] && environment_key | cmp -s - "$root/.venv/.made$1"
}

is_made() {
    [ -x "$root/.venv/bin/python" ] && { is_made_with "$1" || is_made_with '[dev]'; }
}

# Tells whether packages can be installed: not if making the environment was interrupted (pip writes
# its list of files last), if it was moved here, or if its Python is gone.
is_usable() {
    for made in "$root"/.venv/.made*; do
        [ -f "$made" ] || continue
        IFS= read -r place <"$made" && [ "$place" = "$root" ] || return 1
    done
    "$root/.venv/bin/python" -I -c 'import sys
from importlib.metadata import files
sys.exit(not (sys.version_info >= (3, 10) and files("pip")))' >/dev/null 2>&1
}

# Prints the line of a log that tells the cause: pip's first error, from which the others follow.
reason_in() {
    reason=$(grep '^ *ERROR: ' "$1")
    reason=${reason%%
*}
    reason=${reason#*ERROR: }
    [ -n "$reason" ] || reason=$(grep -i 'error' "$1" | tail -n 1)
    [ -n "$reason" ] || reason=$(tail -n 1 "$1")
    printf '%s' "$reason" | tr -d '[:cntrl:]' | cut -c 1-300
}

make_venv() {
    "$python" -I -m venv --clear "$root/.venv" >"$log" 2>&1 || {
        reason=$(reason_in "$log")
        rm -rf "$root/.venv"
        fail "no environment could be made in $root/.venv: $reason"
    }
}

install() {
    export PIP_RETRIES="${PIP_RETRIES-2}" PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0
    # A plain path instead of an import hook, which every start of the program would pay for.
    # The pip of the first 3.10 releases is too old for a project like this one.
    (cd -- "$root" && .venv/bin/python -m pip install --quiet 'pip>=22.3' &&
        .venv/bin/python -m pip install --quiet --editable ".$1" \
            --config-settings editable_mode=compat) >"$log" 2>&1 || {
        cat "$log" >"$root/.venv/install.log"
        # Only messages about a connection are the network's fault.
        grep -qiE 'connection|resolve|timed out|No matching distribution' "$log" &&
            asked=' (is the network there?)'
        fail "the package could not be installed${asked-}: $(reason_in "$log")" \
            "(all that pip said: $root/.venv/install.log)"
    }
}

# make_environment EXTRAS: EXTRAS is '' or '[dev]', which holds all of ''.
make_environment() {
    is_made "$1" && return
    python=$(find_python) || {
        is_usable || fail "no Python 3.10 or newer was found" \
            "(looked for python3, python3.10 to python3.14 and python)"
        python="$root/.venv/bin/python"
    }
    [ -w "$root" ] || fail "no permission to write to $root, where .venv is to be made"
    [ ! -e "$root/.venv" ] || [ -w "$root/.venv" ] || fail "no permission to write to $root/.venv"
    log=$(mktemp) || fail "no temporary file could be made"
    trap 'rm -f "$log"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    # Only one process makes the environment at a time. The lock is on a file that the shell has open,
    # so it is released however the shell ends.
    exec 9<"$root/pyproject.toml"
    "$python" -I -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)' 2>/dev/null
    if ! is_made "$1"; then
        is_usable || {
            # On Debian, a Python may come without these two.
            found=$python
            python=$(find_python 'import venv, ensurepip') ||
                fail "$found has no venv module (on Debian and Ubuntu: apt install python3-venv)"
            note "Making an environment in $root/.venv, with $python ..."
            make_venv
        }
        what='the package and its libraries, 42 MB where none is there yet'
        [ -z "$1" ] || what='the package, its libraries and what the tests need'
        note "Fetching and installing $what: this may take some minutes, once ..."
        install "$1"
        environment_key >"$root/.venv/.made$1"
        note "Installed; what comes next starts at once from now on."
    fi
    exec 9<&-
    rm -f "$log"
    trap - EXIT INT TERM HUP
}
