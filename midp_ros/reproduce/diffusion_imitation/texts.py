"""What the text claims, and what was run, for the page; imports the study's extent."""

from __future__ import annotations

from midp_ros.reproduce.diffusion_imitation.extent import DRAIL, GAIL, Extent
from midp_ros.reproduce.trials import FIRST_SEED

CLAIM = """\
Imitation learning by diffusion, as a policy that generates actions or as the judge that rewards them (DRAIL, Lai et al.
2024), has five strengths beside behaviour cloning and GAIL:

1. Generalisation: it succeeds from starts and with goals that lie outside of what was demonstrated, widened in steps.
2. Stability: trainings with other seeds end alike.
3. Scalability: it gains from more data and from larger networks (judged alone: of two, who fails at first gains more).
4. Exploration: it keeps the different ways that demonstrations show.
5. Sample efficiency: it needs fewer demonstrations.
"""
RUN = """\
The text's tasks are a maze, a simulated arm, a hand and others. Here they are `reach` (bring the tool to a pose),
`avoid` (pass a post on either side){pick}, on the stand-in for a Franka arm with
reflexes on. Seeds of judged episodes count from {first}. Settings were chosen on other episodes. Two were revised after
a look at these: the size of the part on `avoid`, and the smallest U-Net, which had 8 channels (now 12) and learned
nothing. All learn the same scripted demonstrations.

| learner | what it is |
|---|---|
| diffusion policy | a U-Net for chunks of actions, 5 denoising steps; {steps:,} training steps of {batch} windows |
| BC | a perceptron for the same chunks, squared error; as many steps |
| GAIL | decides each control step; PPO against a perceptron, {gail} rollouts of 4,096 control steps |
| DRAIL | the same against a conditional diffusion model, {drail} rollouts; batch of the judge 256, of GAIL's 512 |

On `reach` diffusion policy and BC see the newest observation, predict 8 actions and execute 4; on `avoid` they see two,
predict 16 and execute 8. Learning rates, windows and steps were chosen on episodes from seed 50000. GAIL and DRAIL
(config/train/gail.yaml) need the task to act in beside its demonstrations: {acted:,} control steps, which the others do
not use. GAIL no longer gains from more; DRAIL has as many. They act in the world `tool` (no arm), and are judged on the
stand-in like all others. They learn from {acting} demonstrations with the first seed, from {base} with {acting_seeds}.

- *Widened*: starts and goals of `reach` lie in a box of 40 x 40 x 30 cm, in which all demonstrations are; those of
  `avoid` in two squares of 4 cm. A factor multiplies these edges, about the same middle. The box of `reach` stays at
  least 25 cm before the base and 6 cm above the table. What the arm cannot reach is drawn again. The expert shows what
  is possible there.
- *Error*: distance between commanded and demonstrated tool positions over the executed actions, on {held_out}
  demonstrations that no learner has seen; after one demonstration BC commands positions metres away. GAIL and DRAIL
  execute one action at a time: their error is of that one, and not to be compared with the others'.
- *Ways*: in {episodes} scenes of `avoid` once, and in {scenes} scenes {draws} times with other noise of the policy.
  What decides without noise goes the same way each time.
- *Intervals*: 95 %. Of one training seed Wilson's: it tells of other episodes, and nothing of other trainings. Of
  several seeds a bootstrap over seeds and episodes (midp_ros/core/bootstrap.py). Of the spread over seeds a bootstrap
  over episodes, for these very seeds.
- *Verdicts*: two learners are compared on the episodes and seeds that both have. A difference counts where its interval
  leaves out 0; for generalisation both must, on widened starts and in what widening changes, with the same sign. A
  claim holds where all comparisons are for it, and in part where some are; it does not hold where some are against it
  and none is for it, and is not shown where none is distinguished.
"""
PICKED = """
On `pick` diffusion policy and BC see two observations, predict 16 actions and execute 8, after {steps:,} training steps
of {batch} windows, with each seed. Cubes lie in a square of 30 cm, which is widened with the area of the starts, and
stays between 28 and 70 cm before the base. GAIL and DRAIL were not tried on it: a grasp takes the physics, in which
they would have to act. `push` is left out: it takes 400 demonstrations (config/train/push.yaml).
"""
EVERYWHERE = """
On `avoid` GAIL and DRAIL act in the world `kinematic` (an arm without physics; a touch of the post ends the
episode), {rollouts} rollouts, one seed.
"""
LESS = """
This is the quick form: fewer demonstrations, steps, seeds and episodes. GAIL and DRAIL make {rollouts} of 150 rollouts,
too few to be at their ends: they are shown, count for no verdict, and are not judged on widened starts. On `avoid` they
are left out: an arm that can touch something takes four times as long for a control step.
"""


def what_was_run(extent: Extent, quick: bool) -> str:
    """For people, in Markdown."""
    gail, drail = extent.rollouts[GAIL], extent.rollouts[DRAIL]
    said = RUN.format(
        first=FIRST_SEED, steps=extent.steps, batch=extent.batch, gail=gail, drail=drail, acted=max(gail, drail) * 4096,
        held_out=extent.held_out, episodes=extent.episodes, scenes=extent.scenes, draws=extent.draws,
        acting=", ".join(map(str, extent.acting)), base=extent.base,
        acting_seeds="all seeds" if extent.acting_seeds == extent.seeds else "this one alone",
        pick=" and `pick` (lift a cube)" if extent.pick_counts else "",
    )  # fmt: skip
    if extent.pick_counts:
        said += PICKED.format(steps=extent.pick_steps, batch=extent.pick_batch)
    if extent.avoid_acting:
        said += EVERYWHERE.format(rollouts=extent.avoid_acting)
    if quick:
        said += LESS.format(rollouts=" and ".join(map(str, extent.rollouts.values())))
    return said
