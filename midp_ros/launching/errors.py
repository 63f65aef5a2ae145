"""The one error of this folder; imports nothing."""


class LaunchError(Exception):
    """A launch file or an argument that cannot be used; the message names the place and what would be right."""
