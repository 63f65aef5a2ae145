"""Which execution provider runs a model, with onnxruntime's answers made up."""

import pytest

from midp_ros.core.errors import UnknownNameError
from midp_ros.inference import providers
from midp_ros.inference.providers import CPU, ProviderError, open_session

CUDA, TENSORRT = "CUDAExecutionProvider", "TensorrtExecutionProvider"


class Session:
    def __init__(self, names):
        self._names = names

    def get_providers(self):
        return self._names


class Machine:
    """Has providers built in, of which some really open; the others fall back to the CPU, or raise."""

    def __init__(self, monkeypatch, built_in, opening=(), raising=()):
        self.opening, self.raising, self.asked = opening, raising, []
        monkeypatch.setattr(providers.onnxruntime, "get_available_providers", lambda: [*built_in, CPU])

    def open(self, names):
        self.asked.append(names)
        if names[0] in self.raising:
            raise RuntimeError("no device")
        return Session(names if names[0] in (*self.opening, CPU) else [CPU])


@pytest.mark.parametrize(
    "built_in, opening, chosen",
    [
        ([], [], CPU),
        ([TENSORRT, CUDA], [TENSORRT, CUDA], TENSORRT),
        ([TENSORRT, CUDA], [CUDA], CUDA),
        ([TENSORRT, CUDA], [], CPU),
        ([CUDA], [CUDA], CUDA),
        (["AzureExecutionProvider"], ["AzureExecutionProvider"], CPU),
    ],
)
def test_auto_takes_the_best_that_really_opens(monkeypatch, built_in, opening, chosen):
    machine = Machine(monkeypatch, built_in, opening)
    assert open_session("auto", machine.open).get_providers()[0] == chosen


def test_auto_goes_on_where_a_provider_raises(monkeypatch):
    machine = Machine(monkeypatch, [TENSORRT, CUDA], raising=[TENSORRT, CUDA])
    assert open_session("auto", machine.open).get_providers() == [CPU]
    assert machine.asked == [[TENSORRT, CPU], [CUDA, CPU], [CPU]]


def test_a_provider_that_is_asked_for_is_the_only_one_tried(monkeypatch):
    machine = Machine(monkeypatch, [TENSORRT, CUDA], [TENSORRT, CUDA])
    assert open_session("cuda", machine.open).get_providers()[0] == CUDA
    assert open_session("cpu", machine.open).get_providers() == [CPU]
    assert machine.asked == [[CUDA, CPU], [CPU]]


def test_one_that_is_not_there_is_an_error_that_lists_those_that_are(monkeypatch):
    machine = Machine(monkeypatch, [CUDA], [CUDA])
    with pytest.raises(ProviderError, match="no provider 'tensorrt' here; it has: cuda, cpu"):
        open_session("tensorrt", machine.open)


@pytest.mark.parametrize("raising", [[], [CUDA]])
def test_one_that_is_built_in_but_does_not_open_is_an_error(monkeypatch, raising):
    machine = Machine(monkeypatch, [CUDA], raising=raising)
    with pytest.raises(ProviderError, match="'cuda' does not open here"):
        open_session("cuda", machine.open)


def test_an_unknown_one_lists_the_choices():
    with pytest.raises(UnknownNameError, match="unknown provider 'gpu'; known: auto, cpu, cuda, tensorrt"):
        open_session("gpu", Session)


def test_a_model_s_own_fault_is_not_the_provider_s(monkeypatch):
    Machine(monkeypatch, [])

    def broken(names):
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        open_session("auto", broken)
