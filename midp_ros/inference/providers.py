"""Choice of onnxruntime's execution provider; imports core and onnxruntime."""

from __future__ import annotations

from collections.abc import Callable

import onnxruntime

from midp_ros.core.errors import MidpError, UnknownNameError

CPU = "CPUExecutionProvider"
NAMES = {"tensorrt": "TensorrtExecutionProvider", "cuda": "CUDAExecutionProvider", "cpu": CPU}  # best first
CHOICES = ("auto", "cpu", "cuda", "tensorrt")
Opener = Callable[[list[str]], onnxruntime.InferenceSession]


class ProviderError(MidpError):
    """An execution provider that this machine does not have, or that does not work; the message lists those that do."""


def open_session(provider: str, opener: Opener) -> onnxruntime.InferenceSession:
    """A session on the requested provider; `auto` takes the best one that opens.

    onnxruntime reports the providers that it was built with, and falls back to the CPU without an error where a library
    is missing.

    Args:
        provider: one of CHOICES.
        opener: opens the model with providers, best first.

    Raises:
        UnknownNameError: no such choice.
        ProviderError: the requested provider is not there, or does not open.
    """
    if provider not in CHOICES:
        raise UnknownNameError("provider", provider, CHOICES)
    built_in = onnxruntime.get_available_providers()
    usable = [name for name, full in NAMES.items() if full in built_in]
    if provider != "auto" and provider not in usable:
        raise ProviderError(f"onnxruntime has no provider {provider!r} here; it has: {', '.join(usable)}")
    wanted = usable if provider == "auto" else [provider]
    for name in wanted:
        if name == "cpu":
            return opener([CPU])
        session = _accelerated(NAMES[name], opener)
        if session is not None:
            return session
    raise ProviderError(f"provider {provider!r} does not open here; its libraries or its device are missing")


def _accelerated(name: str, opener: Opener) -> onnxruntime.InferenceSession | None:
    try:
        session = opener([name, CPU])
    except Exception:  # onnxruntime's exceptions share no public base class
        return None
    return session if session.get_providers()[0] == name else None
