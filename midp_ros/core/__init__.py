"""The types that all layers share; imports numpy, and PyYAML for files. Nothing else.

    contract, protocols    what a policy observes and commands; what a policy is
    window, chunk          observation window in, action chunk out
    episode                a recorded demonstration or rollout
    pose, joint_trajectory, symmetry   geometry
    card                   what is known of an exported policy
    package_files, seams   files that the package carries; extensions by entry points
    errors                 faults that a user can mend
"""
