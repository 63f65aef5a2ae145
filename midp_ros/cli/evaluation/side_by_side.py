"""Work in processes of its own, so many at a time; imports the standard library only."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
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
) -> Iterator[tuple[Item, Any]]:
    """Yields (item, message) for what each item's process sends, and (item, Ended) when it is over.

    A process that dies takes no other with it. Whoever leaves this generator ends those that still run; and if this
    process is killed, theirs get BrokenPipeError from their next message.
    """
    context, waiting = get_context("spawn"), deque(items)
    running: dict[Connection, tuple[Item, Any]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                item = waiting.popleft()
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(target=work, args=(item, sender))
                process.start()
                sender.close()
                running[receiver] = item, process
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
