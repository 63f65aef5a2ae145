"""Other people's ways of keeping a policy from copying its past, for comparison; docs/mutual_information.md."""
