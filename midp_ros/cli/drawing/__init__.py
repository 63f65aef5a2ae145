"""The page of `midp draw`."""
