#!/usr/bin/env bash
# Builds the sdist and the wheels, with a C compiler and without one, has them checked, and tries each in an environment of its
# own, outside of the checkout: `tools/release_check.sh`, or with another Python: `PYTHON=python3.13 tools/release_check.sh`.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

in_new_environment() { # its name, and what to install
    "$python" -m venv "$work/$1"
    "$work/$1/bin/python" -m pip --disable-pip-version-check --quiet install "${@:2}"
}

tried() { # the environment, the build that is to run, and what pip says of it
    (cd "$work" && env -u PYTHONPATH "$work/$1/bin/python" -I - "$2" <"$smoke")
    echo "ok: $3"
}

smoke=$PWD/tools/release_smoke.py
echo "with $("$python" --version), in $work"
in_new_environment tools build twine check-wheel-contents

git ls-files -z | xargs -0 cp --parents -t "$(mkdir -p "$work/sources" && echo "$work/sources")" # as it is committed, not as it lies
cd "$work/sources"
"$work/tools/bin/python" -m build --outdir "$work/dist" . >"$work/log" 2>&1 || { tail -30 "$work/log"; exit 1; }
CC=false "$work/tools/bin/python" -m build --wheel --outdir "$work/pure" . >"$work/log" 2>&1 || { tail -30 "$work/log"; exit 1; }

"$work/tools/bin/python" -m twine check --strict "$work"/dist/* "$work"/pure/*
"$work/tools/bin/check-wheel-contents" "$work"/dist/*.whl "$work"/pure/*.whl
ls -l "$work"/dist "$work"/pure | awk 'NF > 2 {print $5, $9}'
compgen -G "$work/pure/*-py3-none-any.whl" >/dev/null || { echo "without a compiler the wheel is not tagged as pure"; exit 1; }
compgen -G "$work/dist/*-any.whl" >/dev/null && { echo "with a compiler the wheel is tagged as pure"; exit 1; }
test "$(cat "$work"/dist/*.whl | wc -c)" -lt 4000000 || { echo "the wheel has more than 4 MB: are there debug symbols?"; exit 1; }

in_new_environment wheel "$work"/dist/*.whl
tried wheel compiled "the wheel"
in_new_environment sdist "$work"/dist/*.tar.gz
tried sdist compiled "the sdist"
in_new_environment pure "$work"/pure/*.whl
tried pure pure "the wheel of plain Python"
CC=false in_new_environment compilerless --no-binary scalar-autograd "$work"/dist/*.tar.gz
tried compilerless pure "the sdist, without a C compiler"
