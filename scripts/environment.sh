# Sourced by the commands beside it: makes the environment `.venv` beside pyproject.toml.
# POSIX sh. Sets `root`; `make_environment EXTRAS` installs the package into "$root/.venv".

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# find_python [CHECK]: prints the first Python that is new enough and passes the check.
find_python() {
    for candidate in python3 python3.13 python3.12 python3.11 python3.10; do
        if "$candidate" -c "import sys; sys.version_info >= (3, 10) or sys.exit(1)
${1-}" >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

# What the environment is made from: it is made anew when any of this changes.
environment_key() {
    printf '%s\n' "$root" && cat "$root/pyproject.toml"
}

is_made_with() {
    [ -f "$root/.venv/.made$1" ] && environment_key | cmp -s - "$root/.venv/.made$1"
}

# The line of a log that says what went wrong.
reason_in() {
    reason=$(grep -i 'error' "$1" | tail -n 1)
    [ -n "$reason" ] || reason=$(tail -n 1 "$1")
    printf '%s' "$reason" | tr -d '[:cntrl:]' | cut -c 1-300
}

make_venv() {
    python=$(find_python) ||
        fail "no Python 3.10 or newer was found (looked for python3 and python3.10 to python3.13)"
    # On Debian, a Python may come without these two.
    python=$(find_python 'import venv, ensurepip') ||
        fail "$python has no venv module (on Debian and Ubuntu: apt install python3-venv)"
    [ -w "$root" ] || fail "no permission to write to $root, where .venv is to be made"
    "$python" -m venv --clear "$root/.venv" >"$log" 2>&1 || {
        reason=$(reason_in "$log")
        rm -rf "$log" "$root/.venv"
        fail "no environment could be made in $root/.venv: $reason"
    }
}

# make_environment EXTRAS: EXTRAS is '' or '[dev]', which holds all of ''.
make_environment() {
    python="$root/.venv/bin/python"
    if [ -x "$python" ] && { is_made_with "$1" || is_made_with '[dev]'; }; then
        return 0
    fi
    log=$(mktemp) || fail "no temporary file could be made"
    "$python" -c 'import sys, pip; sys.version_info >= (3, 10) or sys.exit(1)' >/dev/null 2>&1 ||
        make_venv
    [ -w "$root/.venv" ] || fail "no permission to write to $root/.venv"
    [ ! -t 2 ] || printf 'Installing into %s ...\n' "$root/.venv" >&2
    export PIP_RETRIES="${PIP_RETRIES-2}" PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
    # A plain path instead of an import hook, which every start of the program would pay for.
    # The pip of the first 3.10 releases is too old for a project like this one.
    python="$root/.venv/bin/python"
    (cd -- "$root" && "$python" -m pip install --quiet 'pip>=22.3' &&
        "$python" -m pip install --quiet --editable ".$1" \
            --config-settings editable_mode=compat) >"$log" 2>&1 || {
        reason=$(reason_in "$log")
        rm -f "$log"
        fail "the package could not be installed (is the network there?): $reason"
    }
    rm -f "$log"
    environment_key >"$root/.venv/.made$1"
}
