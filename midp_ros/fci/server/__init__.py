"""The server of FCI's wire: what a control box does for libfranka's clients, with the simulated robot behind it."""

from midp_ros.fci.server.fci_process import FciProcess
from midp_ros.fci.server.fci_server import FciServer

__all__ = ["FciProcess", "FciServer"]
