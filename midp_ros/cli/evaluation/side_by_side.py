"""Work in processes of its own, a given number at a time; imports the standard library only."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar, cast

Item = TypeVar("Item")


@dataclass(frozen=True)
class Ended:
    """A process has ended; 0 is its good exit code, a negative one the signal that killed it."""

    exit_code: int | None


def side_by_side(
    work: Callable[[Item, Connection], None], items: Sequence[Item], processes: int
) -> Generator[tuple[Item, Any], None, None]:
    """Yields (item, message) for what each item's process sends, and (item, Ended) when it is over.

    A process that dies takes no other with it. Leaving this generator ends those that still run; if this process is
    killed, theirs get BrokenPipeError from their next message. SIGINT reaches this process alone: Ctrl-C in a terminal
    goes to all of them, and each would show a traceback.
    """
    context, waiting = get_context("spawn"), deque(items)
    running: dict[Connection, tuple[Item, Any]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                item = waiting.popleft()
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(target=work, args=(item, sender))
                with sigint_blocked():  # inherited
                    process.start()
                    running[receiver] = item, process
                sender.close()
            for ready in wait(list(running)):
                receiver = cast("Connection", ready)
                item, process = running[receiver]
                try:
                    message = receiver.recv()
                except EOFError:
                    process.join()
                    del running[receiver]
                    message = Ended(process.exitcode)
                yield item, message
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """An interruption meanwhile comes at the end; processes started here never see one.

    They inherit the mask of this thread. Another thread may still take the signal, so the handler waits, too.
    """
    received: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    waits = callable(handler) and threading.current_thread() is threading.main_thread()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if waits:
        signal.signal(signal.SIGINT, lambda number, frame: received.append(number))
    try:
        yield
    finally:
        if waits:
            signal.signal(signal.SIGINT, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if received:
        signal.raise_signal(signal.SIGINT)
