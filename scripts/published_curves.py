"""Rereads published loss curves: docs/results/published_curves.

    python scripts/published_curves.py FOLDER

FOLDER holds one file for each training, with*.csv or .npy and without*.csv or .npy, the loss in the last column.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from midp_ros.core.errors import MidpError
from midp_ros.experiment.published_curves import read_curves

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", type=Path)
try:
    print("\n".join(read_curves(parser.parse_args().folder).lines))
except MidpError as error:
    sys.exit(f"error: {error}")
