"""The README's Python is run as it stands."""

import re
from pathlib import Path

from midp_ros import load_episodes, make_expert
from midp_ros.core.contract import Contract
from midp_ros.recording import EpisodeWriter
from midp_ros.simulation import Simulation, rollout

README = Path(__file__).parents[1] / "README.md"


def test_the_lines_of_python_do_what_they_say(tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    contract, writer = Contract.load("reach"), EpisodeWriter(tmp_path / "data" / "pick")
    writer.start(contract, {"seed": 5})
    result = rollout(Simulation("reach"), make_expert("reach", contract), 5, recorder=writer)
    writer.finish({"success": result.success})
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(README), "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"success: True after \d\.\d s", said[0])
    assert said[1].startswith("5 True [") and len(said) == 2
    assert len(load_episodes("data/pick")) == 1
