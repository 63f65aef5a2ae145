"""Object flow as the interface between a task and the arm (Xu et al. 2024); imports core, learning and recording.

ways      a way's rest as a flow: where keypoints will be
config    the keys of the learner
policy    flow generator and policy in one, as it is exported
learner   both trained side by side: the one on demonstrations of a task, the other on play
"""
