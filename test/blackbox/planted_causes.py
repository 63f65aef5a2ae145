"""Incidents with a planted cause: a policy's loop, a link and the strict stand-in, each of which may be tampered with.

Everything runs in simulated time without ROS, and both black boxes watch. `incident` returns the two files' bytes: what
was planted is known to the test alone.
"""

import io
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import yaml

from midp_ros.blackbox import PolicyBox, RobotBox, write_recording
from midp_ros.blackbox.policy_box import PolicySide
from midp_ros.blackbox.robot_box import RobotSide
from midp_ros.control import CommandShaper, ObservationMonitor, PolicyRunner, RobotCondition, Sample
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice
from midp_ros.core.contract import Contract
from midp_ros.core.errors import CommandError
from midp_ros.expert import make_expert
from midp_ros.kinematics import RobotProfile, ToolTracker
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions

TRANSIT_S, FROM_CHUNK, LONGEST_S, AFTER_S = 0.002, 6, 8.0, 1.2
ORIGIN_NS = 1_790_000_000_000_000_123


@dataclass
class Bench:
    """One incident under way; plants replace its parts.

    Attributes:
        delay_s: of the n-th message that is sent [s]; None: it is lost.
        written_late_s: how much later than it was planned the sender writes the n-th message [s].
        alter: changes the n-th trajectory before it is sent.
        ask: changes the n-th chunk.
        each_step: called at every control step with the time.
    """

    seed: int
    task: str = "reach"
    options: RobotOptions = field(default_factory=lambda: RobotOptions(reflexes=True, interface="position"))
    shaped: bool = True
    robot: str = "fr3"

    def __post_init__(self):
        self.simulation = Simulation(self.task, self.robot, options=self.options)
        self.contract = Contract.load(self.task)
        self.policy = make_expert(self.task, self.contract)
        self.shaper = CommandShaper(RobotProfile.load("fr3"))
        self.tracker = ToolTracker(self.simulation.model, self.contract)
        self.delay_s = lambda n: TRANSIT_S
        self.written_late_s = lambda n: 0.0
        self.alter = lambda trajectory, n, before_s: trajectory
        self.ask = lambda chunk, n: chunk
        self.each_step = lambda time_s: None
        self.streams = False
        self.splice = None
        self.files = {}
        self._sent = self._chunks = 0
        self._on_the_way = []

    # --- the loop -----------------------------------------------------------------------------------------------------
    def run(self):
        simulation, profile = self.simulation, self.simulation.profile
        simulation.reset(self.seed)
        about = {"interface": self.options.interface, "task": self.task, "seed": self.seed}
        robot = RobotSide(profile, lambda: about, lambda: ORIGIN_NS, self.contract)
        self.robot_box = RobotBox(robot, self._save, lambda: simulation.task.observe(simulation.engine))
        simulation.attach_observer(self.robot_box)
        self.policy_box = PolicyBox(PolicySide(profile, self.contract, dict), self._save)
        self.policy.reset(self.seed)
        runner = PolicyRunner(
            self, self.tracker, ObservationMonitor(self.contract, 0.5), self._clock, lambda job: job(), self._send,
            profile.gripper_width_max_m, self.shaper, held=lambda measured: simulation.arm.desired_rad,
        )  # fmt: skip
        stopped_s = None
        with patch.object(TrajectorySplice, "plan", self.splice or TrajectorySplice.plan):
            while simulation.time_s < LONGEST_S and (stopped_s is None or simulation.time_s < stopped_s + AFTER_S):
                time_s = simulation.time_s
                self.each_step(time_s)
                errors = tuple(sorted(simulation.robot.modes.current_errors))
                condition = RobotCondition("REFLEX" if errors else "MOVE", errors)
                stopped = errors or not simulation.robot.alive
                self.policy_box.look(self._clock(), condition, "the robot is in mode REFLEX" if stopped else "")
                if stopped:
                    stopped_s = stopped_s or time_s
                else:
                    values = simulation.observe()
                    samples = {e.name: Sample(self._clock(), values[e.name]) for e in self.contract.observation}
                    self.policy_box.step(self._clock(), samples)
                    self._tick(runner, samples)
                self._advance(time_s + self.contract.step_s)
        self.robot_box.finish()
        self.policy_box.finish()
        return self.files

    # the policy, as PolicyRunner sees it
    @property
    def executed_steps(self):
        return self.policy.executed_steps

    def reset(self, seed):
        self.policy.reset(seed)

    def act(self, window):
        self._chunks += 1
        return self.ask(self.policy.act(window), self._chunks)

    def _clock(self):
        return ORIGIN_NS / 1e9 + self.simulation.time_s

    def _tick(self, runner, samples):
        if self.shaped and not self.streams:
            runner.tick(samples)
        elif self.streams:
            self._stream()
        elif round(self.simulation.time_s / self.contract.step_s) % 4 == 0:
            from midp_ros.core.window import ObservationWindow, observation_vector

            window = ObservationWindow(self.contract)
            window.push(self._clock(), observation_vector(self.contract, {n: s.value for n, s in samples.items()}))
            chunk = self.act(window)
            motion = self.tracker.trajectory(chunk, self.simulation.arm.desired_rad, self.simulation.arm.desired_rad_s)
            from midp_ros.control import Commands

            self._send(Commands(motion, chunk=chunk))

    def _send(self, commands):
        if (trajectory := commands.trajectory) is None:
            return True
        self._sent += 1
        n = self._sent
        trajectory = self.alter(trajectory, n, commands.before_s)
        commands = replace(commands, trajectory=trajectory)
        late_s = self.written_late_s(n)
        self.policy_box.sent(self._clock() + late_s, commands, True)
        if (delay_s := self.delay_s(n)) is not None:
            there = replace(trajectory, time_s=trajectory.time_s - ORIGIN_NS / 1e9)
            self._on_the_way.append((self.simulation.time_s + late_s + delay_s, n, there))
        return True

    def _advance(self, until_s):
        simulation = self.simulation
        self._on_the_way.sort(key=lambda each: each[:2])
        while self._on_the_way and self._on_the_way[0][0] <= until_s:
            arrival_s, _, trajectory = self._on_the_way.pop(0)
            simulation.advance(np.ceil(arrival_s * 1000 - 1e-6) / 1000 - simulation.time_s)
            try:
                simulation.robot.follow(trajectory)
            except CommandError:
                pass
        simulation.advance(until_s - simulation.time_s)

    def _stream(self):
        """Targets at 100 Hz along a slow swing of joint 1, in the place of a policy's."""
        first = round(self.simulation.time_s, 6)
        for k in range(10):
            time_s = first + 0.01 * k
            self._advance(time_s)
            if (delay_s := self.delay_s(time_s)) is not None:
                q = self._begin_rad.copy()
                q[0] += 0.2 * (1 - np.cos(time_s))
                try:
                    self.simulation.robot.follow_target(q, time_s - delay_s)
                except CommandError:
                    pass

    def _save(self, build, event):
        recording = build()
        stream = io.BytesIO()
        write_recording(stream, recording)
        self.files.setdefault(recording.side, stream.getvalue())


def incident(plant, seed=3):
    """The bytes of the two files, by side."""
    return plant(seed).run()


# --- chunk ------------------------------------------------------------------------------------------------------------
def unshaped(seed):
    return Bench(seed, shaped=False)


def unshaped_turn(seed):
    bench = Bench(seed, shaped=False)

    def turn(chunk, n):
        actions = chunk.actions.copy()
        place = bench.contract.action_slices["tool_rotation"]
        actions[:, place] = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]
        return replace(chunk, actions=actions)

    bench.ask = turn
    return bench


def _leads_to(position_m, speed_m=0.02, task="reach"):
    def plant(seed):
        bench = Bench(seed, task)
        place = bench.contract.action_slices["tool_position"]

        def lead(chunk, n):
            actions, at = chunk.actions.copy(), bench.simulation.tool().position_m
            for k in range(len(actions)):
                way = np.array(position_m) - at
                at = at + way * min(1.0, speed_m / max(1e-9, np.linalg.norm(way)))
                actions[k, place] = at
            return replace(chunk, actions=actions)

        bench.ask = lead
        return bench

    return plant


into_itself = _leads_to((0.05, 0.0, 0.25), 0.04)
into_the_table = _leads_to((0.5, 0.1, -0.2), 0.02)


# --- hand-over --------------------------------------------------------------------------------------------------------
def _spliced(change):
    """The state from which a new motion is planned is not the running one's."""

    def plant(seed):
        bench, count, whole = Bench(seed), [0], TrajectorySplice.plan

        def plan(running, now_s, lead_s):
            over = whole(running, now_s, lead_s)
            count[0] += 1
            return over if count[0] < FROM_CHUNK else change(over, running, bench)

        bench.splice = plan
        return bench

    return plant


def _moved(over, **changes):
    position, velocity, acceleration = over.state
    state = changes.get("p", position), changes.get("v", velocity), changes.get("a", acceleration)
    return replace(over, state=state)


position_off = _spliced(lambda over, running, bench: _moved(over, p=over.state[0] + 1e-3))
velocity_zeroed = _spliced(lambda over, running, bench: _moved(over, v=0.0 * over.state[1]))
acceleration_off = _spliced(lambda over, running, bench: _moved(over, a=over.state[2] - 9.0 * np.sign(over.state[1])))
older_state = _spliced(
    lambda over, running, bench: replace(over, state=running.sample_with_acceleration(over.time_s - 0.02))
)
measured_state = _spliced(
    lambda over, running, bench: replace(
        over, state=(bench.simulation.arm.position_rad, bench.simulation.arm.velocity_rad_s, over.state[2]), kept=None
    )
)


# --- shaping ----------------------------------------------------------------------------------------------------------
def _hurried(bench):
    """Goals far to the left and to the right, as fast as the shaping allows."""
    bench.tracker = ToolTracker(bench.simulation.model, bench.contract, velocity_fraction=3.0)
    place = bench.contract.action_slices["tool_position"]

    def hurry(chunk, n):
        actions = chunk.actions.copy()
        actions[:, place] = [0.45, 0.45 * (-1) ** (n // 15), 0.35]
        return replace(chunk, actions=actions)

    bench.ask = hurry
    return bench


def _wrong_limits(**factors):
    """The shaping takes the robot for a stronger one."""

    def plant(seed):
        bench = _hurried(Bench(seed))
        profile = bench.simulation.profile
        bench.shaper = CommandShaper(replace(profile, **{n: f * getattr(profile, n) for n, f in factors.items()}))
        return bench

    return plant


def _lowered(**limits):
    """The robot's own limits were lowered, and the shaping does not know."""

    def plant(seed):
        data = yaml.safe_load(Path(RobotProfile.load("fr3").path).read_text())
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lowered.yaml"
            path.write_text(yaml.safe_dump({**data, **{name: [value] * 7 for name, value in limits.items()}}))
            return _hurried(Bench(seed, robot=str(path)))

    return plant


too_fast = _lowered(velocity_max_rad_s=0.8)
too_sudden = _wrong_limits(acceleration_max_rad_s2=3.0)
too_jerky = _lowered(jerk_max_rad_s3=300.0)


def _altered(change, later=0):
    def plant(seed):
        bench = Bench(seed)
        bench.alter = lambda t, n, before_s: change(t, before_s) if n >= FROM_CHUNK + later else t
        return bench

    return plant


def _bump(trajectory, before_s):
    """One point in the middle of the new part is off by a milliradian."""
    later = np.flatnonzero(trajectory.time_s > before_s + 0.025)
    if not len(later):
        return trajectory
    position = trajectory.position_rad.copy()
    position[later[0], 4] += 1e-3
    return replace(trajectory, position_rad=position)


corrupted_point = _altered(_bump)


def _turned(trajectory, before_s):
    """One point's velocities have the wrong sign."""
    later = np.flatnonzero(trajectory.time_s > before_s + 0.025)
    if not len(later):
        return trajectory
    velocity = trajectory.velocity_rad_s.copy()
    velocity[later[0]] *= -1.0
    return replace(trajectory, velocity_rad_s=velocity)


turned_velocity = _altered(_turned)


# --- lateness ---------------------------------------------------------------------------------------------------------
def _delayed(delays):
    def plant(seed):
        bench = Bench(seed)
        bench.delay_s = lambda n: delays.get(n, TRANSIT_S)
        return bench

    return plant


delayed = _delayed({FROM_CHUNK: 0.09})
lost = _delayed({FROM_CHUNK: None})
overtaken = _delayed({FROM_CHUNK: 0.145})


def written_late(seed):
    bench = Bench(seed)
    bench.written_late_s = lambda n: 0.08 if n == FROM_CHUNK else 0.0
    return bench


def stale_stream(seed):
    bench = Bench(seed, options=RobotOptions(reflexes=True, interface="effort", controller="stream"))
    bench.streams = True
    bench._begin_rad = bench.simulation.profile.ready_rad
    bench.delay_s = lambda time_s: None if 3.0 < time_s < 3.62 else 0.0
    return bench


# --- contact ----------------------------------------------------------------------------------------------------------
def _pushed(wrench, from_s=1.0):
    def plant(seed):
        bench = Bench(seed)
        bench.each_step = lambda time_s: bench.simulation.robot.push(
            np.array(wrench, float) if time_s > from_s else None
        )
        return bench

    return plant


pushed_aside = _pushed([0, 70, 0, 0, 0, 0], 0.5)
pushed_at_rest = _pushed([0, 0, -90, 0, 0, 0], 5.0)
twisted = _pushed([0, 0, 0, 0, 0, 20], 0.8)


def obstacle(seed):
    """A box beside the tool, of which no scene tells."""
    bench = Bench(seed)
    place = bench.contract.action_slices["tool_position"]
    start = []

    def swing(chunk, n):
        actions, tool = chunk.actions.copy(), bench.simulation.tool().position_m
        if not start:
            start.append(tool.copy())
            _fixed_box(bench, tool + [0.0, 0.16, 0.0])
        actions[:, place] = start[0] + np.stack(
            [[0, min(0.3, tool[1] - start[0][1] + 0.02 * (k + 1)), 0] for k in range(len(actions))]
        )
        return replace(chunk, actions=actions)

    bench.ask = swing
    return bench


def _fixed_box(bench, position_m):
    client = bench.simulation.engine.client
    import pybullet

    shape = client.createCollisionShape(pybullet.GEOM_BOX, halfExtents=[0.05, 0.02, 0.15])
    client.createMultiBody(0.0, shape, -1, position_m.tolist())


# --- controller -------------------------------------------------------------------------------------------------------
def _sampled(change):
    """The controller makes something else of the trajectory from a moment on."""

    def plant(seed):
        bench, wrapped = Bench(seed), []

        def wrap(time_s):
            controller = bench.simulation.robot.trajectory
            if controller in wrapped:
                return
            wrapped.append(controller)
            sample = controller.sample
            controller.sample = lambda times_s: change(times_s, sample)

        bench.each_step = wrap
        return bench

    return plant


def _glitch(times_s, sample):
    position, velocity, acceleration = sample(times_s)
    position = position + 1e-3 * (np.abs(times_s - 0.937) < 4e-4)[:, None] * np.eye(7)[4]
    return position, velocity, acceleration


def _frozen(times_s, sample):
    """It misses eight of its cycles and commands the last position again meanwhile."""
    return sample(np.where((times_s > 0.8) & (times_s < 0.8085), 0.8, times_s))


def _not_finite(times_s, sample):
    position, *others = sample(times_s)
    return (np.where((times_s > 1.1)[:, None], np.nan, position), *others)


def _scaled(times_s, sample):
    """It adds a share of the velocity, as a wrong feed-forward would."""
    position, velocity, acceleration = sample(times_s)
    return np.where((times_s > 0.7)[:, None], position + 0.01 * velocity, position), velocity, acceleration


glitch, frozen, not_finite, fed_forward = (_sampled(c) for c in (_glitch, _frozen, _not_finite, _scaled))


def unstable(seed):
    """Damping of the wrong sign: the arm swings up about good commands."""
    bench = Bench(seed)

    def destabilise(time_s):
        arm = bench.simulation.arm
        if time_s > 0.6:
            arm._gains, arm._steady = arm._with_damping(-2.0 * arm.damping_nm_s_rad), lambda: None

    bench.each_step = destabilise
    return bench


PLANTED = {
    "chunk": (unshaped, unshaped_turn, into_itself, into_the_table),
    "hand-over": (position_off, velocity_zeroed, acceleration_off, older_state, measured_state),
    "shaping": (too_fast, too_sudden, too_jerky, corrupted_point, turned_velocity),
    "lateness": (delayed, lost, overtaken, written_late, stale_stream),
    "contact": (pushed_aside, pushed_at_rest, twisted, obstacle),
    "controller": (glitch, frozen, not_finite, fed_forward, unstable),
}
