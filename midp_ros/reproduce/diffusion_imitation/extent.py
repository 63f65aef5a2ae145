"""How much is trained and judged; imports the standard library only."""

from __future__ import annotations

from dataclasses import dataclass

DIFFUSION, BC, GAIL, DRAIL = "diffusion", "bc", "gail", "drail"
LEARNERS = (DIFFUSION, BC, GAIL, DRAIL)
ACTING = (GAIL, DRAIL)  # learn by acting in the task
OURS, OTHERS = (DIFFUSION, DRAIL), (BC, GAIL)  # what the text recommends, and what it is compared with
SMALL, MEDIUM, LARGE = "small", "medium", "large"
REACH, PICK, AVOID = "reach", "pick", "avoid"


ENOUGH = 150  # rollouts on `reach`, after which `gail` is at its end (docs/learners.md)


@dataclass(frozen=True)
class Extent:
    """A form of the study.

    Attributes:
        counts: demonstrations of `reach` from which is learned.
        base: the one of them at which starts are widened, and sizes compared.
        repeated: those of them that are learned with all seeds; the others with the first one.
        seeds: of training.
        sizes: of networks, at `base`.
        factors: by which starts and goals are widened; the first one is 1.
        thorough: seeds whose trainings are judged so, and which learn with the other sizes, too.
        episodes: judged for each of them.
        steps, batch: of training, of learners that do not act.
        rollouts: of 4,096 control steps, of those that do, by learner.
        acting: demonstrations from which these learn, with the first seed.
        acting_seeds: with which they do from `base`.
        held_out: demonstrations on which errors are measured.
        shown: demonstrations of `avoid`.
        avoid_seeds: with which it is learned.
        avoid_steps, avoid_batch: of training then.
        avoid_factors: as factors.
        scenes, draws: episodes of `avoid` that begin in one scene, and scenes.
        avoid_acting: rollouts of 4,096 control steps of `gail` and `drail` on `avoid`; 0: it is left out.
        pick_counts: demonstrations of `pick` from which diffusion policy and BC learn; the last one is the most.
        pick_steps, pick_batch: of training then.
        pick_factors: as factors, judged after the most demonstrations.
    """

    counts: tuple[int, ...]
    base: int
    repeated: tuple[int, ...]
    seeds: tuple[int, ...]
    sizes: tuple[str, ...]
    factors: tuple[float, ...]
    thorough: tuple[int, ...]
    episodes: int
    steps: int
    batch: int
    rollouts: dict[str, int]
    acting: tuple[int, ...]
    acting_seeds: tuple[int, ...]
    held_out: int
    shown: int
    avoid_seeds: tuple[int, ...]
    avoid_steps: int
    avoid_batch: int
    avoid_factors: tuple[float, ...]
    scenes: int
    draws: int
    avoid_acting: int
    pick_counts: tuple[int, ...]
    pick_steps: int
    pick_batch: int
    pick_factors: tuple[float, ...]

    @property
    def by_count(self) -> list[tuple[str, tuple[int, ...]]]:
        """The tasks that are learned from different numbers of demonstrations, with these."""
        return [(task, counts) for task, counts in ((REACH, self.counts), (PICK, self.pick_counts)) if counts]

    @property
    def widened(self) -> list[tuple[str, int, tuple[float, ...]]]:
        """The tasks that are judged on widened starts, with what they have learned from, and the factors."""
        places = [
            (REACH, self.base, self.factors),
            (PICK, max(self.pick_counts, default=0), self.pick_factors),
            (AVOID, self.shown, self.avoid_factors),
        ]
        return [place for place in places if len(place[2]) > 1]

    def unfinished(self, task: str) -> set[str]:
        """Learners that are stopped before their end: what is compared with them counts for no verdict."""
        rollouts = dict.fromkeys(ACTING, self.avoid_acting) if task == AVOID else self.rollouts
        return {learner for learner, number in rollouts.items() if number < ENOUGH}


QUICK = Extent(
    counts=(10, 20, 50),
    base=50,
    repeated=(50,),
    seeds=(0, 1, 2),
    sizes=(SMALL, MEDIUM),
    factors=(1.0, 1.5, 2.0),
    thorough=(0,),
    episodes=20,
    steps=1200,
    batch=128,
    rollouts={GAIL: 60, DRAIL: 20},
    acting=(50,),
    acting_seeds=(0,),
    held_out=10,
    shown=120,
    avoid_seeds=(0,),
    avoid_steps=1500,
    avoid_batch=128,
    avoid_factors=(1.0,),
    scenes=12,
    draws=6,
    avoid_acting=0,
    pick_counts=(),
    pick_steps=0,
    pick_batch=0,
    pick_factors=(1.0,),
)
ALL_COUNTS, ALL_SEEDS, ALL_FACTORS = (1, 2, 5, 10, 20, 50, 200), (0, 1, 2), (1.0, 1.25, 1.5, 1.75, 2.0)
FULL = Extent(
    counts=ALL_COUNTS,
    base=200,
    repeated=ALL_COUNTS,
    seeds=ALL_SEEDS,
    sizes=(SMALL, MEDIUM, LARGE),
    factors=ALL_FACTORS,
    thorough=ALL_SEEDS,
    episodes=100,
    steps=3000,
    batch=128,
    rollouts={GAIL: ENOUGH, DRAIL: ENOUGH},
    acting=(5, 20, 200),
    acting_seeds=ALL_SEEDS,
    held_out=20,
    shown=300,
    avoid_seeds=ALL_SEEDS,
    avoid_steps=5000,
    avoid_batch=256,
    avoid_factors=ALL_FACTORS,
    scenes=20,
    draws=10,
    avoid_acting=ENOUGH,
    pick_counts=(20, 50, 200),
    pick_steps=3000,
    pick_batch=128,
    pick_factors=(1.0, 1.5),
)


def extent_of(quick: bool) -> Extent:
    """The quick form, or the whole one."""
    return QUICK if quick else FULL
