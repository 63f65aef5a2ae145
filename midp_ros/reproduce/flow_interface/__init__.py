"""Object flow as an interface between scenes (Xu et al. 2024): `midp reproduce flow_interface`.

scenes     the scenes of `carry`, the recordings of one and the success of a policy in each
learners   the policies that are compared, trained and exported
generated  flows at the start of episodes
verdict    what is true of the claim
figures    generated flows over the scenes, and success by scene
study      the parts and the page
"""
