"""ROS domains that are in use on this machine, by the ports that DDS opens in each; imports nothing of midp_ros."""

from __future__ import annotations

import os
from pathlib import Path

# DDSI-RTPS 2.5, section 9.6.2.3: ports 7400 + 250 domain, and from there on 0 and 1 by multicast, 10 + 2 k and 11 + 2 k
# of the participant k.
BASE, GAIN, MULTICAST, UNICAST = 7400, 250, 0, 10
HIGHEST = 101  # beyond, the ports reach into those that Linux hands out
TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))


def present_domain() -> int:
    """ROS_DOMAIN_ID, by default 0; -1 where it is no number, which the nodes refuse by themselves."""
    text = os.environ.get("ROS_DOMAIN_ID", "").strip() or "0"
    return int(text) if text.isdecimal() else -1


def domains_in_use() -> set[int]:
    """Domains that a process of this machine takes part in; empty where the system does not say."""
    ports = set().union(*(_ports(table) for table in TABLES))
    return {domain for domain in range(HIGHEST + 1) if _used(domain, ports)}


def free_domain(start: int) -> int | None:
    """The first domain from `start` on, in a circle, that is not in use; never 0, the default of all others."""
    used = domains_in_use()
    candidates = (1 + (start + k) % HIGHEST for k in range(HIGHEST))
    return next((domain for domain in candidates if domain not in used), None)


def move_to_free_domain() -> str:
    """Sets ROS_DOMAIN_ID for this process and its children where the present domain is in use; returns a notice then.

    Two graphs in one domain mix: each robot follows both policies' commands.
    """
    present = present_domain()
    if present not in domains_in_use() or (free := free_domain(present)) is None:
        return ""
    os.environ["ROS_DOMAIN_ID"] = str(free)
    return f"ROS domain {present} is in use on this machine; this runs in domain {free} (ROS_DOMAIN_ID={free})"


def _used(domain: int, ports: set[int]) -> bool:
    first = BASE + GAIN * domain
    pairs = (first + MULTICAST, *range(first + UNICAST, first + GAIN, 2))
    return any({port, port + 1} <= ports for port in pairs)


def _ports(table: Path) -> set[int]:
    """Local ports of a table of sockets, which lists them as ADDRESS:PORT in hexadecimal."""
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return set()
    return {int(line.split()[1].rpartition(":")[2], 16) for line in lines if line.strip()}
