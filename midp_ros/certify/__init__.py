"""Certificates of models: what a model was run through, and what came of it.

    certificate   its content, its file, and whether it is a model's
    seeds         the episodes that it is run through, which nothing else uses
    software      which midp_ros it was run with

Imports core, no ROS and no torch.
"""

from midp_ros.certify.certificate import (
    Certificate,
    Margin,
    Stage,
    certificate_lines,
    certificate_path,
    read_certificate,
    sha256_of,
)
from midp_ros.certify.seeds import certification_seeds
from midp_ros.certify.software import software_digest

__all__ = [
    "Certificate",
    "Margin",
    "Stage",
    "certificate_lines",
    "certificate_path",
    "certification_seeds",
    "read_certificate",
    "sha256_of",
    "software_digest",
]
