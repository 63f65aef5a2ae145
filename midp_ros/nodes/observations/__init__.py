"""The topics of a contract's observation, as samples by entry name.

observation_source    every message of the last second: for recording, and for a past moment
polled_observations   the newest messages only: for the policy's loop
"""
