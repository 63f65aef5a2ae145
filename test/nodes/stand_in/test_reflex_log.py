"""A reflex is logged once; one that comes of a machine that is too slow says so."""

from types import SimpleNamespace

from midp_ros.nodes.stand_in.reflex_log import LOOKS, TOO_SLOW, ReflexLog


class Logger:
    def __init__(self):
        self.errors, self.warnings = [], []

    def error(self, text):
        self.errors.append(text)

    def warning(self, text, **options):
        self.warnings.append(text)


def test_a_reflex_is_logged_once_and_put_down_to_a_slow_machine_only_after_skipped_time():
    logger, skipped_s = Logger(), [0.0]
    robot = SimpleNamespace(reflexes=[])
    log = ReflexLog(logger, lambda: robot, lambda: skipped_s[0])
    violation = SimpleNamespace(errors={"joint_reflex"}, reason="a hand in the way")
    robot.reflexes.append(violation)
    log.look()
    log.look()
    assert logger.errors == ["reflex: joint_reflex: a hand in the way"] and not logger.warnings
    skipped_s[0] = 0.4
    robot.reflexes.append(violation)
    log.look()
    (warning,) = logger.warnings
    assert warning.startswith(f"{TOO_SLOW}: 0.4 s") and TOO_SLOW in logger.errors[1] and log.total == 2
    for _ in range(LOOKS):
        log.look()
    robot.reflexes.append(violation)
    log.look()
    assert TOO_SLOW not in logger.errors[2] and len(logger.warnings) == 1


def test_another_pace_is_named_with_each_reflex():
    logger, robot = Logger(), SimpleNamespace(reflexes=[SimpleNamespace(errors={"joint_reflex"}, reason="a step")])
    log = ReflexLog(logger, lambda: robot, lambda: 0.0, "real_time_factor 2: every client needs use_sim_time")
    log.look()
    assert logger.errors == ["reflex: joint_reflex: a step; real_time_factor 2: every client needs use_sim_time"]
