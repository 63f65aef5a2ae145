"""Messages of no meaning to both ports, and what becomes of the arm: python test/fci/fuzz_wire.py --messages 100000."""

from __future__ import annotations

import argparse
import socket
from collections import Counter

import numpy as np
from raw_client import DEVIATIONS, RawClient, garbage

from midp_ros.core.robot_mode import RobotMode
from midp_ros.fci.server.fci_server import FciServer, fci_options
from midp_ros.fci.wire import gripper_packets, robot_commands
from midp_ros.fci.wire.robot_packets import COMMAND, STATE
from midp_ros.simulation import Simulation

CYCLE_EVERY = 4  # messages
ROOM_RAD, ROOM_RAD_S = 0.03, 0.5  # of what is measured, beyond what a reflex allows, while the arm brakes


class Fuzzer:
    """Sends to a server whose milliseconds it counts itself, in one thread."""

    def __init__(self, host: str, seed: int):
        self.rng = np.random.default_rng(seed)
        self.simulation = Simulation("pick", options=fci_options())
        self.simulation.reset(seed)
        self.server, self.host = FciServer(self.simulation, host, "real_time"), host
        self.counts: Counter[str] = Counter()
        self.worst_rad = self.worst_rad_s = -np.inf
        self.client: RawClient | None = None
        self.state = np.zeros(1, STATE)[0]
        self.sent: list[bytes] = []

    def close(self) -> None:
        if self.client is not None:
            self.client.close()
        self.server.close()
        self.server._end()

    def run(self, messages: int) -> None:
        for number in range(messages):
            self.message()
            if number % CYCLE_EVERY == 0:
                self.cycle()

    def cycle(self) -> None:
        self.server.look()
        self.server.cycle()
        self.server.look()
        profile, arm = self.simulation.profile, self.simulation.arm
        beyond = np.maximum(arm.position_rad - profile.position_max_rad, profile.position_min_rad - arm.position_rad)
        self.worst_rad = max(self.worst_rad, float(beyond.max()))
        fast = (np.abs(arm.velocity_rad_s) - profile.velocity_max_rad_s).max()
        self.worst_rad_s = max(self.worst_rad_s, float(fast))
        assert np.isfinite(arm.position_rad).all()
        assert self.worst_rad < ROOM_RAD and self.worst_rad_s < ROOM_RAD_S, (self.worst_rad, self.worst_rad_s)
        if self.simulation.robot.modes.mode is RobotMode.REFLEX and self.rng.random() < 0.2:
            for error in self.simulation.robot.modes.current_errors:
                self.counts[f"reflex {error}"] += 1
            self.simulation.reset(int(self.rng.integers(1000)))

    # --- messages ---------------------------------------------------------------------------------------------------
    def message(self) -> None:
        kinds = [self.packet, self.replay, self.wrong_size, self.request, self.stranger, self.motion]
        kind = kinds[self.rng.choice(len(kinds), p=[0.55, 0.1, 0.1, 0.1, 0.05, 0.1])]
        self.counts[kind.__name__] += 1
        self.ensure_client()
        try:
            kind()
        except OSError:  # the server has ended the connection
            self.drop()

    def ensure_client(self) -> None:
        if self.client is None:
            client = RawClient(self.host, connect=False)
            client.request(robot_commands.Command.CONNECT, 10, client.udp.getsockname()[1])
            self.client = client
            for _ in range(3):
                self.cycle()
        self.client.udp.setblocking(False)
        try:
            while True:
                data, self.client.server = self.client.udp.recvfrom(4096)
                self.state = np.frombuffer(data, STATE)[0]
        except BlockingIOError:
            pass

    def drop(self) -> None:
        assert self.client is not None
        self.client.close()
        self.client = None
        self.counts["connections ended"] += 1
        self.server.look()

    def number(self) -> float:
        rng = self.rng
        return float(
            rng.choice([np.nan, np.inf, -np.inf, 0.0, 1e308, -1e308, 5e-324, rng.normal(), 1e3 * rng.normal()])
        )

    def near(self, values: np.ndarray) -> list[float]:
        """Plausible numbers, with something absurd among them at times."""
        found = np.asarray(values, float) + self.rng.choice([0, 1e-7, 1e-4, 0.1]) * self.rng.normal(size=len(values))
        result: list[float] = found.tolist()
        if self.rng.random() < 0.2:
            result[int(self.rng.integers(len(result)))] = self.number()
        return result

    def packet(self) -> None:
        """A command of the right size."""
        s, rng = self.state, self.rng
        id_ = int(s["message_id"]) + int(rng.choice([0, 0, 0, 0, 1, -1, 1000, -1000]))
        numbers = [*self.near(s["q_d"]), *self.near(0.1 * rng.normal(size=7)), *self.near(s["O_T_EE_c"])]
        numbers += [*self.near(0.1 * rng.normal(size=6)), *self.near(s["elbow_c"])]
        flags = [bool(rng.random() < 0.3), bool(rng.random() < 0.02)]
        torques = self.near(rng.normal(size=7) * rng.choice([0.1, 5.0]))
        data = COMMAND.pack(max(0, id_) % 2**64, *numbers, *flags, *torques, bool(rng.random() < 0.02))
        if rng.random() < 0.1:
            data = garbage(rng, COMMAND.size)
        self.sent.append(data)
        self.udp(data)

    def replay(self) -> None:
        """An old command once more."""
        if self.sent:
            self.udp(self.sent[int(self.rng.integers(len(self.sent)))])
            del self.sent[:-100]

    def wrong_size(self) -> None:
        """A datagram of another size."""
        self.udp(garbage(self.rng, int(self.rng.choice([0, 1, 100, 370, 372, 1377, 9000]))))

    def udp(self, data: bytes) -> None:
        assert self.client is not None
        self.client.udp.sendto(data, self.client.server)

    def motion(self) -> None:
        """A motion of any kind, or the end of one."""
        assert self.client is not None
        rng, command = self.rng, robot_commands.Command
        self.client.tcp.setblocking(True)
        self.client.tcp.settimeout(1.0)
        if rng.random() < 0.2:
            self.client.request(command.STOP_MOVE)
            return
        generator, controller = int(rng.integers(0, 6)), int(rng.choice([0, 1, 2, 2, 3]))
        deviations = DEVIATIONS if rng.random() < 0.9 else [self.number()] * 6
        self.client.request(
            command.MOVE, controller, generator, *deviations, bool(rng.random() < 0.1), *self.near(np.ones(7))
        )

    def request(self) -> None:
        """A request with any numbers, or bytes that are none."""
        assert self.client is not None
        rng = self.rng
        command = int(rng.integers(0, 14))
        layout = robot_commands.REQUESTS.get(command)
        if layout is None or rng.random() < 0.3:
            self.client.tcp.sendall(garbage(rng, int(rng.integers(1, 200))))
        else:
            payload = garbage(rng, layout.size)
            self.client.tcp.sendall(robot_commands.HEADER.pack(command, 1, 12 + layout.size) + payload)
        self.client.tcp.setblocking(False)
        try:
            if not self.client.tcp.recv(65536):
                self.drop()
        except BlockingIOError:
            pass

    def stranger(self) -> None:
        """Another connection, to either port."""
        rng = self.rng
        port = int(rng.choice([1337, gripper_packets.GRIPPER_PORT]))
        with socket.create_connection((self.host, port), timeout=1.0) as tcp:
            self.server.look()
            if rng.random() < 0.5:
                tcp.sendall(garbage(rng, int(rng.integers(1, 100))))
            else:
                tcp.sendall(bytes.fromhex("0000010000000e0000000300") + (40000).to_bytes(2, "little"))
                command = int(rng.integers(0, 6))
                layout = gripper_packets.REQUESTS.get(command)
                if layout is not None:
                    tcp.sendall(gripper_packets.HEADER.pack(command, 2, 10 + layout.size) + garbage(rng, layout.size))
            self.server.look()
        self.server.look()

    def serves_still(self) -> bool:
        """Whether a proper client is served after all of it."""
        if self.client is not None:
            self.drop()
        self.server.look()
        self.ensure_client()
        for _ in range(5):
            self.cycle()
        self.ensure_client()
        return int(self.state["message_id"]) >= self.server.robot.message_id - 1


def fuzz(host: str, messages: int, seed: int = 0) -> Fuzzer:
    """Runs it; raises AssertionError where the arm leaves its limits, and whatever ends the server."""
    fuzzer = Fuzzer(host, seed)
    try:
        fuzzer.run(messages)
        assert fuzzer.serves_still()
    finally:
        fuzzer.close()
    return fuzzer


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--host", default="127.42.0.20")
    given = parser.parse_args()
    done = fuzz(given.host, given.messages, given.seed)
    for name, count in sorted(done.counts.items()):
        print(f"{count:8d}  {name}")
    print(f"the server stays; farthest beyond a joint's range {done.worst_rad:.4f} rad (negative: inside)")
    print(f"fastest joint {done.worst_rad_s:+.3f} rad/s from its limit")
