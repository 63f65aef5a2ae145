"""The stand-in's cameras for a policy that observes images."""

from __future__ import annotations

from midp_ros.core.contract import CAMERA_RATE_HZ, Contract


def camera_arguments(contract: Contract) -> dict[str, str]:
    """Launch arguments of the cameras that a contract observes; the largest image is their size."""
    if not contract.images:
        return {}
    height, width = (max(image.shape[axis] for image in contract.images) for axis in (0, 1))
    names = ",".join(image.name for image in contract.images)
    size = {"camera_width": str(width), "camera_height": str(height)}
    return {"cameras": names, **size, "camera_rate_hz": str(CAMERA_RATE_HZ)}
