#!/bin/sh
# virtual_environment.sh FOLDER [PYTHON]: make FOLDER the virtual environment that everything runs in, with what requirements-dev.txt names.
#
# It is PYTHON's, or else that of the oldest Python here that pyproject.toml allows: what runs on that one runs on the newer ones. Of two
# equally old ones the distribution's own goes first. One that is another Python's is made anew; nothing is done when all is there.
set -eu
folder=$1
given=${2:-}
cd "$(dirname "$0")/.."
# The Makefile puts the environment first in the path; an environment is not made of itself.
PATH=$(echo "$PATH" | tr ':' '\n' | grep -vx "$PWD/$folder/bin" | paste -sd :)
oldest=$(sed -n 's/^requires-python = ">=3\.\([0-9]*\)"$/\1/p' pyproject.toml)

# Which Python this is. Fails for one that is too old, cannot make virtual environments, or has no headers to compile python-ldap with.
identity() {
    "$1" -c '
import ensurepip, os, sys, sysconfig
if sys.version_info < (3, int(sys.argv[1])) or not os.path.exists(sysconfig.get_config_var("INCLUDEPY") + "/Python.h"):
    sys.exit(1)
print(sys.base_prefix, sys.version)' "$oldest" 2>/dev/null
}

candidates() {
    if [ -n "$given" ]; then echo "$given"; return; fi
    for minor in $(seq "$oldest" 30); do
        echo "/usr/bin/python3.$minor"
        command -v "python3.$minor" || true
    done
    command -v python3 || true
}

choose() {
    for python in $(candidates); do
        if wanted=$(identity "$python"); then return 0; fi
    done
    return 1
}

is_complete() {
    [ "$(identity "$folder/bin/python")" = "$wanted" ] || return 1
    for file in requirements.txt requirements-dev.txt lab/packages.sh; do
        [ "$folder/.complete" -nt "$file" ] || return 1
    done
}

if choose && is_complete; then exit 0; fi
lab/packages.sh # which brings Debian's Python what it may have lacked
choose || {
    echo "setup: ${given:-no Python here} is 3.$oldest or newer, can make virtual environments (python3-venv) and has its headers (python3-dev)" >&2
    exit 1
}
if [ -e "$folder/bin" ] && [ "$(identity "$folder/bin/python")" != "$wanted" ]; then
    echo "setup: $folder is of another Python than $python; making it anew"
    rm -rf "$folder"
fi
[ -e "$folder/bin/python" ] || "$python" -m venv "$folder"
echo "setup: installing the Python libraries"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
touch "$folder/.complete"
