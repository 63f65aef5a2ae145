#!/usr/bin/env bash
# Fills .venv, step by step; called by the Makefile: scripts/setup.sh base|train|docs
# Keeps what pip says in .venv/setup.log and shows it only when a step fails.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=.venv
PY=$VENV/bin/python
LOG=$VENV/setup.log
export PIP_DISABLE_PIP_VERSION_CHECK=1
# Left by the wheels' ROS in whoever calls: it would keep this environment's Python from finding its own libraries.
unset _ROS_WHEELS_BOOTSTRAP_COMPLETE

fail() { printf '%s\n' "$@" >&2; exit 1; }

# Runs a step quietly; on failure shows the end of what it said.
step() {
    local title=$1 start=$SECONDS; shift
    echo "  $title ..."
    if ! "$@" >>"$LOG" 2>&1; then
        tail -n 30 "$LOG" >&2
        fail "failed: $title (all of it in $LOG)"
    fi
    if [ $((SECONDS - start)) -ge 5 ]; then echo "  $title: $((SECONDS - start)) s"; fi
}

sourced() { [ -n "${ROS_DISTRO:-}" ] && python3 -c 'import rclpy' 2>/dev/null; }

usable() { # a Python from 3.10 on that starts
    command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

choose_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        usable "$PYTHON" || fail "PYTHON=$PYTHON is no Python from 3.10 on"
        echo "$PYTHON"
        return
    fi
    if sourced; then echo python3; return; fi
    # pybullet has wheels for 3.11 and 3.10; elsewhere pip compiles it.
    for candidate in python3.11 python3.10 python3 python3.12 python3.13; do
        if usable "$candidate"; then echo "$candidate"; return; fi
    done
    fail "there is no Python from 3.10 on; install one: sudo apt install python3 python3-venv python3-dev"
}

require_tools() {
    local python=$1 version missing=()
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=("python$version-venv")
    "$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.isfile(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' || missing+=("python$version-dev")
    command -v "${CC:-cc}" >/dev/null && command -v "${CXX:-c++}" >/dev/null || missing+=("build-essential")
    if [ ${#missing[@]} -gt 0 ]; then
        fail "the set-up needs ${missing[*]}; install with:" "    sudo apt install ${missing[*]}"
    fi
}

pip_install() { "$PY" -m pip install -q --no-build-isolation "$@"; }

make_environment() {
    local python options=()
    python=$(choose_python)
    require_tools "$python"
    sourced && options=(--system-site-packages)
    echo "setting up $VENV with $("$python" --version)${ROS_DISTRO:+ and ROS 2 $ROS_DISTRO}"
    rm -rf "$VENV"
    "$python" -m venv "${options[@]}" "$VENV" || fail "$python cannot make a virtual environment"
    : >"$LOG"
    step "build tools" "$PY" -m pip install -q --upgrade pip setuptools -c "$(constraints)"
}

constraints() { if sourced; then echo requirements/sourced.txt; else echo requirements/constraints.txt; fi; }

base() {
    "$PY" -c '' 2>/dev/null || make_environment
    if ! sourced; then
        step "ROS 2 from PyPI" pip_install -c "$(constraints)" -r requirements/ros.txt
    fi
    # The messages are generated and compiled while pip downloads.
    "$PY" interfaces/build.py >>"$LOG" 2>"$VENV/interfaces.log" &
    local interfaces=$!
    trap 'kill $interfaces 2>/dev/null || true' EXIT
    if "$PY" -c 'import sys, importlib.util as u; sys.exit(sys.version_info < (3, 12) or bool(u.find_spec("pybullet")))'; then
        echo "  pybullet has no wheel for this Python and is compiled, which takes minutes; python3.11 would save that"
    fi
    step "midp_ros and what the simulation needs" pip_install -c "$(constraints)" -e '.[sim]'
    "$PY" -m compileall -q midp_ros  # for where PYTHONDONTWRITEBYTECODE is set: half of a node's start
    echo "  messages that PyPI lacks ..."
    trap - EXIT
    wait $interfaces || { cat "$VENV/interfaces.log" >&2; fail "failed: messages that PyPI lacks"; }
}

train() {
    step "torch and the test tools" pip_install -c "$(constraints)" -e '.[sim,train,pusht,dev]'
}

docs() {
    step "the documentation's tools" pip_install -c "$(constraints)" -e '.[docs]'
}

case "${1:-}" in
    base) base ;;
    train) train ;;
    docs) docs ;;
    *) fail "usage: scripts/setup.sh base|train|docs" ;;
esac
