# What scripts/run, scripts/check and scripts/test share: source it, then `set_up PROFILE`.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=${VOICEMATE_VENV:-$root/.venv}
case $venv in
/*) ;;
*) venv=$PWD/$venv ;;
esac

# Prints a Python of at least 3.11: the environment's own, else the system's.
find_python() {
    local candidate
    for candidate in "$venv/bin/python" python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "VoiceMate needs Python 3.11 or newer; here is $(python3 --version 2>/dev/null || echo none)." >&2
    echo "Install it (Debian 12, Ubuntu 24.04 and newer: sudo apt-get install python3 python3-venv)." >&2
    return 1
}

set_up() {
    local python
    python=$(find_python)
    "$python" "$root/scripts/setup" "$1" "$venv" "${@:2}"
}
