"""`midp data rosetta`: a contract to rosetta's YAML and back; imports recording."""

from __future__ import annotations

from pathlib import Path

import yaml

from midp_ros.cli.datasets.opening import tell
from midp_ros.cli.terminal.console import say
from midp_ros.core.contract import Contract
from midp_ros.core.errors import OutputError
from midp_ros.core.files.output import write_text
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.recording.formats import rosetta


def convert_contract(source: str, out: Path, skill: str, robot: str) -> None:
    """Writes the other kind of contract, and prints what it does not say."""
    if out.exists():
        raise OutputError(f"{out} is there already and is kept as it is; give another name")
    path = Path(source)
    if path.is_file() and rosetta.is_rosetta(read_yaml(path, "contract")):
        contract, remarks = rosetta.imported(path, skill, robot)
        write_text(out, yaml.safe_dump(contract.to_dict(), sort_keys=False, width=110))
        what = f"{out}: contract of {contract.skill}, {len(contract.observation)} observations"
    else:
        data, remarks = rosetta.exported(Contract.load(source))
        text = yaml.dump(data, Dumper=_Plain, sort_keys=False, width=110)
        write_text(out, "# A contract of rosetta 0.2, exported by midp_ros; rosetta passes over x-midp_ros.\n" + text)
        what = f"{out}: contract of rosetta"
    tell(remarks)
    say(what)


class _Plain(yaml.SafeDumper):
    """YAML without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """No value is an alias of another."""
        return True
