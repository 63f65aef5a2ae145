"""Which ROS domains are in use here, by open ports."""

import os
import socket

import pytest

from midp_ros.launching import domains
from midp_ros.launching.domains import domains_in_use, free_domain, move_to_free_domain, present_domain


@pytest.fixture
def ports(monkeypatch, tmp_path):
    """A table with these ports open."""

    def write(*numbers):
        rows = "".join(f"  1: 00000000:{number:04X} 00000000:0000 07\n" for number in numbers)
        (tmp_path / "udp").write_text("  sl  local_address rem_address   st\n" + rows)

    monkeypatch.setattr(domains, "TABLES", (tmp_path / "udp", tmp_path / "missing"))
    write()
    return write


@pytest.mark.parametrize("numbers, used", [
    ((), set()),
    ((7410, 7411), {0}),
    ((7400, 7401), {0}),
    ((7410, 7412, 7413), {0}),
    ((7411, 7412), set()),  # halves of two pairs
    ((7410,), set()),  # some other program's
    ((7400 + 250 * 42 + 16, 7400 + 250 * 42 + 17), {42}),
    ((53, 68, 5353, 40000, 40001), set()),
])  # fmt: skip
def test_a_domain_is_in_use_where_a_pair_of_its_ports_is_open(ports, numbers, used):
    ports(*numbers)
    assert domains_in_use() == used


def test_a_free_domain_is_neither_in_use_nor_the_default(ports):
    ports(*(7400 + 250 * 1 + k for k in (10, 11)), *(7400 + 250 * 2 + k for k in (10, 11)))
    assert free_domain(0) == 3
    assert free_domain(101) == 3
    ports(*(7400 + 250 * domain + k for domain in range(102) for k in (10, 11)))
    assert free_domain(0) is None


def test_ports_of_this_machine_are_seen():
    number = 101
    while number in domains_in_use():
        number -= 1
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        one.bind(("127.0.0.1", 7400 + 250 * number + 246))
        two.bind(("127.0.0.1", 7400 + 250 * number + 247))
        assert number in domains_in_use()


@pytest.mark.parametrize("text, domain", [("", 0), ("7", 7), (" 8 ", 8), ("abc", -1)])
def test_the_present_domain_is_the_environment_s(monkeypatch, text, domain):
    monkeypatch.setitem(os.environ, "ROS_DOMAIN_ID", text)
    assert present_domain() == domain


def test_a_domain_that_is_in_use_is_left_and_the_new_one_named(monkeypatch, ports):
    monkeypatch.setitem(os.environ, "ROS_DOMAIN_ID", "6")
    assert move_to_free_domain() == "" and os.environ["ROS_DOMAIN_ID"] == "6"
    ports(*(7400 + 250 * 6 + k for k in (10, 11)))
    notice = move_to_free_domain()
    assert "domain 6 is in use" in notice and "ROS_DOMAIN_ID=7" in notice and os.environ["ROS_DOMAIN_ID"] == "7"
