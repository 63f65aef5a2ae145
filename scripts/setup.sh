#!/usr/bin/env bash
# Fills .venv, step by step; called by the Makefile: scripts/setup.sh base|train|docs|constraints
# Keeps pip's output in .venv/setup.log and shows it only when a step fails.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=.venv
PY=$VENV/bin/python
LOG=$VENV/setup.log
MADE_FOR=$VENV/.made_for
export PIP_DISABLE_PIP_VERSION_CHECK=1
# Left by the wheels' ROS in the calling process: it would keep this environment's Python from finding its own libraries.
unset _ROS_WHEELS_BOOTSTRAP_COMPLETE

fail() { printf '%s\n' "$@" >&2; exit 1; }

# Runs a step quietly; on failure shows the end of its output.
step() {
    local title=$1 start=$SECONDS; shift
    echo "  $title ..."
    if ! "$@" >>"$LOG" 2>&1; then
        tail -n 30 "$LOG" >&2
        fail "failed: $title (all of it in $LOG)"
    fi
    if [ $((SECONDS - start)) -ge 5 ]; then echo "  $title: $((SECONDS - start)) s"; fi
}

# Both, since images for containers set the first alone.
sourced() { [ -n "${ROS_DISTRO:-}" ] && [ -n "${AMENT_PREFIX_PATH:-}" ]; }
if sourced; then ROS=$ROS_DISTRO; else ROS=none; fi

# Distributions whose messages are compiled against numpy 1.
numpy_1() { sourced && grep '^NUMPY_1_DISTRIBUTIONS' setup.py | grep -q "\"$ROS\""; }

constraints() {
    if ! sourced; then echo -c requirements/constraints.txt; return; fi
    echo -c requirements/sourced.txt
    if numpy_1; then echo -c requirements/numpy_1.txt; fi
}

usable() { # a Python from 3.10 on that starts and, where a ROS 2 is sourced, imports its rclpy
    command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || return 1
    ! sourced || "$1" -c 'import rclpy' 2>/dev/null
}

candidates() {
    if [ -n "${PYTHON:-}" ]; then echo "$PYTHON"; return; fi
    if sourced; then
        # The Python that `ros2` runs on is the one whose packages that ROS 2 was built and installed with.
        sed -n '1s/^#! *\([^ ]*python3[^ ]*\).*/\1/p' "$(command -v ros2 || echo /dev/null)"
        echo python3
        return
    fi
    # pybullet has wheels for 3.11 and 3.10; elsewhere pip compiles it.
    echo python3.11 python3.10 python3 python3.12 python3.13
}

choose_python() {
    local candidate
    for candidate in $(candidates); do
        if usable "$candidate"; then echo "$candidate"; return; fi
    done
    if sourced; then
        fail "ROS 2 $ROS is sourced, but $(candidates | paste -sd' ') cannot import its rclpy:" \
            "    run make with PYTHON=<its Python, from 3.10 on>, or in a shell where no ROS 2 is sourced"
    fi
    [ -z "${PYTHON:-}" ] || fail "PYTHON=$PYTHON is no Python from 3.10 on"
    fail "there is no Python from 3.10 on; install one: sudo apt install python3 python3-venv python3-dev"
}

require_tools() {
    local python=$1 version missing=()
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=("python$version-venv")
    "$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.isfile(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' || missing+=("python$version-dev")
    command -v "${CC:-cc}" >/dev/null && command -v "${CXX:-c++}" >/dev/null || missing+=("build-essential")
    ! sourced || command -v cmake >/dev/null || missing+=("cmake")
    if [ ${#missing[@]} -gt 0 ]; then
        fail "the set-up needs ${missing[*]}; install with:" "    sudo apt install ${missing[*]}"
    fi
}

pip_install() { "$PY" -m pip install -q --no-build-isolation "$@"; }

make_environment() {
    local python options=()
    python=$(choose_python)
    require_tools "$python"
    ! sourced || options=(--system-site-packages)
    echo "setting up $VENV with $("$python" --version)$(! sourced || echo " and ROS 2 $ROS")"
    rm -rf "$VENV"
    "$python" -m venv "${options[@]}" "$VENV" || fail "$python cannot make a virtual environment"
    : >"$LOG"
    echo "$ROS" >"$MADE_FOR"
    # shellcheck disable=SC2046
    step "build tools" "$PY" -m pip install -q --upgrade pip setuptools $(constraints)
}

# Refuses an environment that was made beside another ROS 2 than the one of this shell: half of it would be the other's.
require_same_ros() {
    local made_for remedy="or run 'make clean' and make again"
    made_for=$(cat "$MADE_FOR" 2>/dev/null || echo "$ROS")
    case "$made_for,$ROS" in
        "$ROS,$ROS") ;;
        none,*) fail "$VENV was set up without a ROS 2, but $ROS is sourced here: use a shell where none is, $remedy" ;;
        *,none) fail "$VENV was set up beside ROS 2 $made_for, which is not sourced here: source it, $remedy" ;;
        *) fail "$VENV was set up beside ROS 2 $made_for, but $ROS is sourced here: source the former, $remedy" ;;
    esac
}

pinocchio_runs() { "$PY" -c 'import coal, eigenpy, pinocchio as p; p.Frame().parentJoint' 2>>"$LOG"; }

# Where pip could not install it as a dependency (setup.py) and the distribution did not bring one.
pinocchio() {
    if pinocchio_runs; then return; fi
    step "pinocchio" pip_install --no-deps -r requirements/pinocchio.txt
    if ! pinocchio_runs; then
        "$PY" -c 'import pinocchio; print("imported from", pinocchio.__file__)' >>"$LOG" 2>&1 || true
        tail -n 10 "$LOG" >&2
        fail "failed: pinocchio from 3 on cannot be imported; if the sourced ROS 2 has an older one, remove that"
    fi
}

base() {
    "$PY" -c '' 2>/dev/null || make_environment
    # shellcheck disable=SC2207
    local limits=($(constraints)) interfaces
    if sourced; then
        # First, since the messages are compiled against it.
        step "numpy" pip_install "${limits[@]}" 'numpy>=1.26'
    else
        step "ROS 2 from PyPI" pip_install "${limits[@]}" -r requirements/ros.txt
    fi
    # The messages are generated and compiled while pip downloads.
    set -m  # in a process group of its own, so that its compilers end with it
    "$PY" interfaces/build.py >>"$LOG" 2>"$VENV/interfaces.log" &
    interfaces=$!
    set +m
    # shellcheck disable=SC2064
    trap "kill -- -$interfaces 2>/dev/null; wait $interfaces || true" EXIT
    if "$PY" -c 'import sys, importlib.util as u; sys.exit(sys.version_info < (3, 12) or bool(u.find_spec("pybullet")))'; then
        echo "  pybullet has no wheel for this Python and is compiled, which takes minutes; python3.11 would save that"
    fi
    step "midp_ros and its simulation" pip_install "${limits[@]}" -e '.[sim]'
    pinocchio
    "$PY" -m compileall -q midp_ros  # for where PYTHONDONTWRITEBYTECODE is set: half of a node's start
    echo "  messages that are missing ..."
    wait $interfaces || { cat "$VENV/interfaces.log" >&2; fail "failed: messages that are missing"; }
    trap - EXIT
    ! sourced || ament_prefix
    say_what_next
}

# midp_ros as a package of the sourced ROS 2, beside the messages that were built, and a file that leads to all of them.
ament_prefix() {
    local here=$VENV/ament/midp_ros share=$VENV/ament/midp_ros/share prefix folder
    rm -rf "$here"
    mkdir -p "$share/ament_index/resource_index/packages" "$share/midp_ros" "$here/lib/midp_ros"
    cp resource/midp_ros "$share/ament_index/resource_index/packages"
    ln -s "$PWD"/{package.xml,config,urdf,models} "$share/midp_ros"
    cp -rs "$PWD/launch" "$share/midp_ros"  # `ros2 launch` looks for files, and not behind links to folders
    ln -s "$PWD/$VENV"/bin/*_node "$here/lib/midp_ros"
    {
        cat scripts/ament_setup.sh
        for prefix in "$VENV"/ament/*/; do
            prefix=${prefix%/}
            echo "_midp_prepend AMENT_PREFIX_PATH $PWD/$prefix"
            echo "_midp_prepend CMAKE_PREFIX_PATH $PWD/$prefix"
            for folder in "$prefix"/lib/lib*.so; do
                [ ! -e "$folder" ] || { echo "_midp_prepend LD_LIBRARY_PATH $PWD/$prefix/lib"; break; }
            done
            for folder in "$prefix"/lib/python3*/*-packages "$prefix"/local/lib/python3*/*-packages; do
                [ ! -d "$folder" ] || echo "_midp_prepend PYTHONPATH $PWD/$folder"
            done
        done
    } >"$VENV/ament/setup.sh"
    grep -q ament/setup.sh "$VENV/bin/activate" || echo '. "$VIRTUAL_ENV/ament/setup.sh"' >>"$VENV/bin/activate"
}

say_what_next() {
    echo "set up. The command is $VENV/bin/midp (--help lists all); 'make demo' shows the arm at work."
    if sourced; then
        echo "For 'ros2 launch midp_ros', 'ros2 interface show' and 'ros2 bag': . $VENV/bin/activate (after ROS 2's own file)"
    fi
}

train() {
    # shellcheck disable=SC2046
    step "torch and the test tools" pip_install $(constraints) -e '.[sim,train,rl,pusht,data,viewer,tensorboard,dev]'
    step "Franka's own client libraries" franka_clients
    step "Rerun" rerun_sdk
    step "Ray and submitit" cluster
    step "the documentation's tools" documentation
}

# Their wheels are for x86_64 and a few versions of Python only; without them the tests of FCI say so and pass.
franka_clients() {
    # shellcheck disable=SC2046
    pip_install $(constraints) --only-binary pylibfranka,franky-control -e '.[fci]' ||
        echo "no wheels of pylibfranka and franky-control for this machine: tests through libfranka are skipped"
}

# Its wheels are for Python from 3.11 on and need numpy 2; without it the tests of `--to rerun` say so and pass.
rerun_sdk() {
    # shellcheck disable=SC2046
    pip_install $(constraints) --only-binary rerun-sdk -e '.[rerun]' || echo "no wheel of rerun-sdk for this environment"
}

# A wheel of 80 MB; where there is none the tests of `--ray` and `--slurm` say so and pass.
cluster() {
    # shellcheck disable=SC2046
    pip_install $(constraints) --only-binary ray -e '.[cluster]' || echo "no wheel of ray for this environment"
}

# Without them the test that builds the site says so and is skipped.
documentation() { docs_tools || echo "the documentation's tools could not be installed"; }

docs_tools() {
    # shellcheck disable=SC2046
    pip_install $(constraints) -e '.[docs]'
}

if [ "${1:-}" = constraints ]; then constraints; exit; fi
require_same_ros
case "${1:-}" in
    base) base ;;
    train) train ;;
    docs) step "the documentation's tools" docs_tools ;;
    *) fail "usage: scripts/setup.sh base|train|docs|constraints" ;;
esac
