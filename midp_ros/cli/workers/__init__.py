"""Work shared out to workers: processes of this machine, of a Ray cluster, or jobs of Slurm.

crew <- local, items <- relay <- ray_crew, slurm_crew <- place <- sharing. A crew starts workers and hands over their
messages. Sharing gives each its items, and again those of a worker that died.
"""
