# Start of .venv/ament/setup.sh, which .venv/bin/activate sources: adds prefixes to the environment of a sourced ROS 2.
[ -n "${ROS_DISTRO:-}" ] || echo "midp_ros was set up beside a ROS 2, which is not sourced here: source it, too" >&2

_midp_prepend() { # variable, folder
    eval "_midp_now=\${$1:-}"
    case ":$_midp_now:" in
        *":$2:"*) ;;
        *) export "$1=$2${_midp_now:+:$_midp_now}" ;;
    esac
}
