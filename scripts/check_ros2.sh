#!/usr/bin/env bash
# Checks midp_ros beside a real ROS 2: set-up, demo, launch files, topics, bags, deployments, colcon.
#   scripts/check_ros2.sh [FOLDER]     works in FOLDER (default: a temporary one, removed afterwards)
# Takes the ROS 2 that is sourced, else the last one in /opt/ros, else unpacks that of ../shared/ros2; without any it
# reports that nothing was checked, with status 0. One line a check; status 1 when one failed.
set -uo pipefail
cd "$(dirname "$0")/.."
CHECKOUT=$PWD
passed=0 failed=0 running= checking=

say() { printf '%s\n' "$*"; }

find_ros() { # prints the file to source; empty where one is sourced already
    local setups=(/opt/ros/*/setup.bash) archive=../shared/ros2/install.sh
    [ -z "${ROS_DISTRO:-}" ] || [ -z "${AMENT_PREFIX_PATH:-}" ] || return 0
    if [ ! -e "${setups[-1]}" ] && [ -e "$archive" ]; then
        bash "$archive" "" dev >&2 || return 1
        setups=(/opt/ros/*/setup.bash)
    fi
    [ -e "${setups[-1]}" ] && echo "${setups[-1]}"
}

# Sources a file that was not written for `set -u`, and keeps the graph on this machine.
enter() {
    set +u
    # shellcheck disable=SC1090
    . "$1"
    set -u
    export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST ROS_LOCALHOST_ONLY=
    [ "${ROS_DISTRO:-}" != humble ] || export ROS_LOCALHOST_ONLY=1
}

# check TITLE LIMIT_S COMMAND...: one line for the outcome; on failure the end of the output, too.
check() {
    local title=$1 limit_s=$2 start=$SECONDS
    shift 2
    export -f "${FUNCTIONS[@]}"
    # In the background, so that an interruption of this script is not delayed.
    timeout --kill-after=10 "$limit_s" bash -c '"$@"' check "$@" >"$WORK/check.log" 2>&1 </dev/null &
    checking=$!
    if wait "$checking"; then
        passed=$((passed + 1))
        printf 'ok      %3d s  %s\n' $((SECONDS - start)) "$title"
        return 0
    fi
    failed=$((failed + 1))
    printf 'FAILED  %3d s  %s\n' $((SECONDS - start)) "$title"
    tail -n 40 "$WORK/check.log" | sed 's/^/    /'
    return 1
}

# Launches in the background, in a process group of its own, until `stop`.
launch() {
    set -m
    ros2 launch midp_ros "$@" >"$WORK/launch.log" 2>&1 </dev/null &
    export running=$!
    set +m
}

stop() { # interrupts the launch; fails when something of it stays, and ends that
    local tries
    [ -n "$running" ] || return 0
    kill -INT "$running" 2>/dev/null
    for tries in $(seq 200); do
        if ! kill -0 -- "-$running" 2>/dev/null; then running=; return 0; fi
        sleep 0.1
    done
    say "after 20 s there were still:"; ps -o pid,args -g "$running"
    kill -KILL -- "-$running" 2>/dev/null
    running=
    return 1
}

stopped() { # the line for the end of a launch; its log when it did not end well
    local title=$1
    if stop >"$WORK/check.log" 2>&1; then
        passed=$((passed + 1)); printf 'ok             %s\n' "$title"
    else
        failed=$((failed + 1)); printf 'FAILED         %s\n' "$title"; cat "$WORK/check.log"
    fi
}

finish() {
    [ -z "$checking" ] || kill "$checking" 2>/dev/null
    stop >/dev/null 2>&1
    [ -n "$KEEP" ] || rm -rf "$WORK"
}

copy() { # this checkout as git would carry it, changes that are not committed included
    git -C "$CHECKOUT" ls-files -z --cached --others --exclude-standard --deduplicate |
        tar -C "$CHECKOUT" --null -T - --ignore-failed-read -cf - 2>/dev/null | tar -C "$1" -xf -
}

# What is checked; each runs in a shell of its own.
interface_is_shown() { ros2 interface show franka_msgs/msg/FrankaRobotState | grep -q 'o_t_ee'; }
nodes_are_listed() { ros2 pkg executables midp_ros | grep -q policy_node && ros2 pkg prefix midp_ros; }
echoed() { # TOPIC FIELD
    until ros2 topic list | grep -qx "$1"; do is_running || return 1; sleep 0.5; done
    ros2 topic echo --once "$1" | grep "$2: \|$2:$"
}
is_running() { kill -0 "$running" 2>/dev/null || { cat "$WORK/launch.log"; return 1; }; }
bag_is_recorded() {
    cd "$WORK" || return
    timeout --signal=INT 10 ros2 bag record -o bag /franka_robot_state_broadcaster/robot_state /tf
    ros2 bag info bag | tee info
    [ "$(grep -cE 'Topic: (/franka_robot_state_broadcaster/robot_state|/tf) .*Count: [1-9]' info)" = 2 ]
}
bag_is_played_by_python() {
    cd "$WORK" && python - <<'PY'
from rosbag2_py import ConverterOptions, SequentialReader, StorageOptions
from rclpy.serialization import deserialize_message
from franka_msgs.msg import FrankaRobotState
reader = SequentialReader()
reader.open(StorageOptions("bag"), ConverterOptions("", ""))
while reader.has_next():
    topic, data, _ = reader.read_next()
    if topic.endswith("robot_state"):
        assert len(deserialize_message(data, FrankaRobotState).measured_joint_state.position) == 7
        break
else:
    raise SystemExit("no robot state in the bag")
PY
}
demo_is_scored() {
    cd "$WORK" && ros2 launch midp_ros demo.launch.xml task:=reach model:=reach episodes:=1 json:="$WORK/demo.json" \
        namespace:=left arm_prefix:=left
    python -c 'import json, sys; e = json.load(open(sys.argv[1])); print(e); assert e["episodes"]' "$WORK/demo.json"
}
episode_is_recorded() {
    cd "$WORK" && ros2 launch midp_ros record.launch.xml task:=reach episodes:=1 out:="$WORK/episodes"
    ros2 bag info episodes/episode_000000 | tee info
    [ "$(grep -cE 'Topic: (/expert/action|/franka/joint_states|/tf_static|/recorder/events) .*Count: [1-9]' info)" = 4 ]
}
episode_is_played() { # its messages arrive on their topics, the transforms that are published once among them
    cd "$WORK" || return
    local plays tries echoes=()
    ros2 topic echo --no-daemon /tf_static tf2_msgs/msg/TFMessage >static & echoes+=($!)
    ros2 topic echo --no-daemon /expert/action sensor_msgs/msg/JointState >action & echoes+=($!)
    sleep 5
    for plays in 1 2 3; do  # on a busy machine an echo may not be there at the first
        ros2 bag play episodes/episode_000000 --delay 2
        for tries in $(seq 10); do
            grep -q 'tool_position\[0\]' action && grep -q child_frame_id static && break 2
            sleep 0.5
        done
    done
    kill -INT "${echoes[@]}"
    grep -q 'tool_position\[0\]' action && grep -q child_frame_id static
}
episode_is_read_by_python() {
    cd "$WORK/episodes" && python - <<'PY'  # not beside the copy of the repository, which Python would import
from rosbag2_py import ConverterOptions, Info, SequentialReader, StorageOptions
from rclpy.serialization import deserialize_message
from rosidl_runtime_py.utilities import get_message
reader = SequentialReader()
reader.open(StorageOptions("episode_000000"), ConverterOptions("", ""))
kinds = {topic.name: topic.type for topic in reader.get_all_topics_and_types()}
count = 0
while reader.has_next():
    topic, data, _ = reader.read_next()
    deserialize_message(data, get_message(kinds[topic]))
    count += 1
assert count == Info().read_metadata("episode_000000", "mcap").message_count > 100, count
import midp_ros
(episode,) = midp_ros.load_episodes(".")
assert episode.success and len(episode) > 10
PY
}
deployed() { # [NAMESPACE]
    while is_running && ! grep -q 'not deployed' "$WORK/launch.log"; do
        if grep -q 'deployed: the policy is active' "$WORK/launch.log"; then
            ros2 lifecycle get "/${1:+$1/}policy" | tee "$WORK/lifecycle" && grep -q active "$WORK/lifecycle"
            return
        fi
        sleep 0.5
    done
    cat "$WORK/launch.log"
    return 1
}
doctor_passes() { # NAMESPACE
    midp doctor --model reach --namespace "$1" --arm-prefix "$1"
}
colcon_builds() {
    cd "$WORK/workspace" && colcon build && (set +u && . install/setup.bash && [ "$(ros2 pkg prefix midp_ros)" = "$PWD/install/midp_ros" ] &&
        ros2 launch midp_ros sim.launch.xml --show-args >/dev/null)
}
colcon_tests() {
    cd "$WORK/workspace" && colcon test --event-handlers console_direct+ \
        --pytest-args test/core test/launching test/test_packaging.py test/test_interfaces.py test/nodes/ros
    colcon test-result --verbose | tee results
    grep -qE 'Summary: [1-9][0-9]+ tests, 0 errors, 0 failures' results
}
data_is_imported() { # what metadata do not say
    # shellcheck disable=SC2046
    python -m pip install --quiet $(scripts/setup.sh constraints) av h5py pyarrow zarr &&
        python -c 'import av, h5py, pyarrow.parquet, zarr'
}
whole_set_resolves() {
    # shellcheck disable=SC2046
    python -m pip install --dry-run --quiet --no-build-isolation $(scripts/setup.sh constraints) '.[sim,train,pusht,data,viewer,dev]'
}
FUNCTIONS=(interface_is_shown nodes_are_listed echoed is_running bag_is_recorded bag_is_played_by_python
    demo_is_scored episode_is_recorded episode_is_played episode_is_read_by_python deployed doctor_passes colcon_builds colcon_tests
    data_is_imported whole_set_resolves)

main() {
    local ros
    if ! ros=$(find_ros); then
        say "beside a ROS 2: NOT CHECKED, there is none: none is sourced, and /opt/ros has none"
        return 0
    fi
    [ -z "$ros" ] || enter "$ros"
    say "beside ROS 2 $ROS_DISTRO (${ros:-sourced}):"
    mkdir -p "$WORK/midp_ros" && copy "$WORK/midp_ros" && cd "$WORK/midp_ros" || return 1

    check "make setup" 600 make setup || return 1
    check "make demo" 240 make demo DEMO_ARGS="--episodes 2" || true
    enter .venv/bin/activate
    check "pip resolves all that is asked for" 240 whole_set_resolves
    check "libraries of recorded data run with that numpy" 240 data_is_imported
    check "ros2 interface show franka_msgs/msg/FrankaRobotState" 30 interface_is_shown
    check "ros2 pkg finds midp_ros and its nodes" 30 nodes_are_listed

    launch sim.launch.xml task:=reach model:=reach
    check "ros2 launch sim, ros2 topic echo of the robot's state" 60 echoed /franka_robot_state_broadcaster/robot_state robot_mode
    check "ros2 topic echo of the policy's commands" 60 echoed /policy/action position
    check "ros2 bag record and info of the robot's state and /tf" 60 bag_is_recorded
    check "the bag's messages are read in Python" 30 bag_is_played_by_python
    stopped "sim ends on SIGINT"
    check "ros2 launch demo in a namespace" 120 demo_is_scored
    check "ros2 launch record, ros2 bag info of its episode" 120 episode_is_recorded &&
        check "ros2 bag play of that episode" 120 episode_is_played &&
        check "its messages and its steps are read in Python" 60 episode_is_read_by_python

    launch deploy.launch.xml stand_in:=true confirm:=false model:=reach
    check "ros2 launch deploy" 120 deployed
    stopped "deploy ends on SIGINT"
    launch deploy.launch.xml stand_in:=true confirm:=false model:=reach namespace:=left arm_prefix:=left
    check "ros2 launch deploy in a namespace" 120 deployed left
    check "midp doctor in that namespace" 60 doctor_passes left
    stopped "deploy in a namespace ends on SIGINT"

    mkdir -p "$WORK/workspace/src" && copy "$WORK/workspace/src"
    check "pip install of colcon, pytest and mypy" 120 python -m pip install --quiet -c requirements/sourced.txt \
        colcon-common-extensions pytest pytest-timeout pytest-xdist mypy types-PyYAML
    check "mypy beside that numpy" 180 python -m mypy --disable-error-code import-not-found
    check "colcon build" 120 colcon_builds && check "colcon test" 240 colcon_tests
    return 0
}

begin() {
    KEEP=${1:-}
    WORK=${1:-$(mktemp -d "${TMPDIR:-/tmp}/midp_ros2.XXXXXX")}
    mkdir -p "$WORK" && WORK=$(cd "$WORK" && pwd) || exit 1
    export WORK ROS_DOMAIN_ID=${ROS_DOMAIN_ID:-$((1 + RANDOM % 101))}
    trap finish EXIT
    trap 'exit 130' INT TERM
    main || failed=$((failed + (failed == 0)))
    [ $((passed + failed)) -eq 0 ] || say "beside a ROS 2: $passed checks passed, $failed failed, in $SECONDS s"
    [ "$failed" -eq 0 ]
}

begin "$@"; exit
