"""The study of object flow as an interface between scenes: its parts and its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.bootstrap import Estimate, share
from midp_ros.core.episode import Episode
from midp_ros.reproduce.flow_interface.learners import FLOW, LEARNERS, SAYS, settings, train_on
from midp_ros.reproduce.flow_interface.scenes import DEMONSTRATIONS, PLAY, SCENES, SLOWEST_HAND_S, judge, record
from midp_ros.reproduce.flow_interface.verdict import Success, verdict
from midp_ros.reproduce.study import Figure, Page, Part, Report, Results, Study, Table
from midp_ros.reproduce.trials import FIRST_SEED, configuration, described, finished

GENERATED = "generated"
CLAIM = """
Object flow, the motion of points on the manipulated object and on nothing else, is an interface between embodiments and
between environments. A flow that is generated for a task can be followed by a policy that was trained on play in
another environment: there a simulation, and no data of a real robot. The text reports 81 % success in the mean over
four real-world tasks with rigid, articulated and deformable objects.
"""


@dataclass(frozen=True)
class Size:
    """How much is recorded, trained and judged.

    Attributes:
        starts: of each scene, from which flows are generated.
        small: a perceptron and regression in place of a U-Net and diffusion.
    """

    demonstrations: int
    play: int
    steps: int
    seeds: int
    episodes: int
    starts: int
    small: bool


FULL = Size(demonstrations=150, play=150, steps=3000, seeds=3, episodes=50, starts=50, small=False)
QUICK = Size(demonstrations=50, play=150, steps=2000, seeds=1, episodes=10, starts=10, small=True)


def parts(quick: bool) -> Sequence[Part]:
    """A part for each policy, and one for the flows that are generated."""
    size = QUICK if quick else FULL
    scenes: dict[str, Any] = {"scenes": SCENES, "first_seed": FIRST_SEED, "slowest_hand_s": SLOWEST_HAND_S}
    found = []
    for seed in range(size.seeds):
        for learner in LEARNERS:
            how = {**asdict(size), **scenes, "training": described(settings(learner, seed, size.steps, size.small))}
            found.append(Part(f"{learner}_{seed}", how, partial(_policy, learner, seed, size)))
    how = {**asdict(size), **scenes, "training": described(settings(FLOW, 0, size.steps, size.small))}
    return [*found, Part(GENERATED, how, partial(_generated, size), after=f"{FLOW}_0")]


def _recorded(size: Size, report: Report, files: Path) -> list[Episode]:
    """The demonstrations; play is recorded, too, which the learner reads itself."""
    shown = record(DEMONSTRATIONS, size.demonstrations, files, report)
    record(PLAY, size.play, files, report)
    return shown


def _policy(learner: str, seed: int, size: Size, report: Report, files: Path) -> dict[str, Any]:
    from midp_ros.inference.onnx_policy import OnnxPolicy

    how = settings(learner, seed, size.steps, size.small, files)
    policy = OnnxPolicy(train_on(how, learner, _recorded(size, report, files), files, report))
    found = {scene: judge(policy, scene, size.episodes, report) for scene in SCENES}
    return {"parameters": policy.parameters, "scenes": found}


def _generated(size: Size, report: Report, files: Path) -> dict[str, Any]:
    from midp_ros.learning.dataset import build_dataset
    from midp_ros.reproduce.flow_interface.generated import generated

    path, how = files / f"{FLOW}_0.pt", settings(FLOW, 0, size.steps, size.small, files)
    shown, config = _recorded(size, report, files), configuration(path.stem, how)
    if finished(path, config, build_dataset(shown, config.context)) is None:
        train_on(how, FLOW, shown, files, report)
    return generated(path, size.starts, report)


def page(results: Results, folder: Path, quick: bool) -> Page:
    """Table, figures and verdict of the parts that are done."""
    from midp_ros.reproduce.flow_interface.figures import flows_figure, success_figure

    size = QUICK if quick else FULL
    success = _success(results)
    found: list[str | Table | Figure] = []
    if success:
        rates = {learner: {scene: share(each) for scene, each in of.items()} for learner, of in success.items()}
        success_figure({SAYS[learner]: of for learner, of in rates.items()}, folder / "success.png")
        found += [_table(rates, results), _failures(results)]
        found.append(Figure("success.png", "Success by scene, with 95 % intervals."))
    if GENERATED in results:
        first = results.get(f"{FLOW}_0", {"scenes": {}})["scenes"]
        ways = {scene: result["way"] for scene, result in first.items()}
        flows_figure(results[GENERATED], ways, folder / "flows.png")
        caption = (
            f"{'The generated flow' if size.small else 'Six generated flows'} of the first unseen start in three "
            "scenes, and the box' way that followed, which is short where that episode ended in a reflex."
        )
        found += [Figure("flows.png", caption), _ends(results[GENERATED])]
    return Page(_run(size), found, verdict(success, size.demonstrations < size.play))


def _success(results: Results) -> Success:
    """Of the seeds that all trained learners have."""
    by_learner = {each: _of(results, each) for each in LEARNERS}
    by_learner = {each: found for each, found in by_learner.items() if found}
    seeds = sorted(set.intersection(*map(set, by_learner.values()))) if by_learner else []
    return {
        each: {scene: np.array([found[seed][scene]["success"] for seed in seeds], float) for scene in SCENES}
        for each, found in by_learner.items()
        if seeds
    }


def _of(results: Results, learner: str) -> dict[str, dict[str, Any]]:
    """What was found in each scene, by training seed."""
    names = [name for name in results if name.rpartition("_")[0] == learner]
    return {name.rpartition("_")[2]: results[name]["scenes"] for name in names}


def _table(rates: dict[str, dict[str, Estimate]], results: Results) -> Table:
    rows = []
    for learner, by_scene in rates.items():
        cells = [f"{100 * r.mean:.0f} % ({100 * r.low:.0f} to {100 * r.high:.0f})" for r in by_scene.values()]
        reflexes = sum(one["reflexes"] for scenes in _of(results, learner).values() for one in scenes.values())
        rows.append([SAYS[learner], *cells, str(reflexes)])
    return Table("Success on unseen starts (95 % interval)", ["policy", *SCENES, "reflexes, all scenes"], rows)


def _failures(results: Results) -> Table:
    rows = []
    for learner in LEARNERS:
        reasons = Counter[str]()
        for scenes in _of(results, learner).values():
            for scene in scenes.values():
                reasons.update(scene["failures"])
        rows += [[SAYS[learner], reason, str(count)] for reason, count in reasons.most_common(3)]
    return Table("The most frequent reasons of failure, all scenes", ["policy", "reason", "episodes"], rows)


def _ends(found: dict[str, Any]) -> Table:
    rows = [[scene, *(f"{x:.0f}" for x in of_scene["end_mm"])] for scene, of_scene in found.items()]
    title = "Distance of a generated flow's end from the goal, of the keypoints' mean [mm]"
    return Table(title, ["scene", "median", "90th percentile"], rows)


def _run(size: Size) -> str:
    few, enough = size.demonstrations, size.demonstrations >= size.play
    more = "" if enough else f" The plain policies have fewer episodes with actions, {few} against {size.play}."
    scenes = "; ".join(f"{name}: {s['size_m']:g} m, {s['table_m']:g} m" for name, s in SCENES.items())
    network = "U-Net and diffusion, sampled in 4 steps"
    if size.small:
        network = "perceptron, which is trained in seconds and answers by regression: no diffusion in the quick form"
    seeds = f"{size.seeds} training seed{'s' if size.seeds > 1 else ''}"
    return f"""
Task `carry`: grasp a box and bring it to a place in the air, within 2 cm for 0.5 s. Keypoints are four corners of the
box, observed with the box' pose: this project observes poses of objects, so there is no camera, no tracker of points
and no picture of a flow. Edge of the box and height of the table by scene: {scenes}.

All recordings are of the training scene: {few} demonstrations of the task, and {size.play} episodes of play, in which
the box is grasped and carried to one to three random places and on to a random end. `flow`, the learner `flow_points`,
learns the flow from the demonstrations, and all actions from play. `plain` (`diffusion`) learns the same demonstrations
with their actions; plain policies see the same keypoints, and the goal. `plain, seen from the tool` does not see the
tool's place in the base frame, only everything else from the tool, like the policy in `flow_points`: it shows how much
of a difference is made by the view, and how much by the flow.{more}

All have the same {network}, and {size.steps} training steps of 128 windows; {seeds}, each judged on
{size.episodes} unseen starts in each scene, the same for all, on the strict stand-in with reflexes on. Intervals are
95 %: over seeds and starts, of one seed Wilson's over its starts alone.
"""


STUDY = Study(
    "flow_interface",
    "Object flow as the interface between scenes",
    'Xu et al. 2024, "Flow as the Cross-Domain Manipulation Interface" (Im2Flow2Act)',
    CLAIM,
    parts,
    page,
)
