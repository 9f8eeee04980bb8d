"""How a program has callbacks called on its own thread: for asyncio, Qt and Tk, a few lines each.

    client.on_progress(show, deliver=to_qt(window))

What each returns takes a function, from any thread, and has it called on the program's thread a moment later, in the
order in which they came. A window may be touched there only. No toolkit is imported that the program has not.
"""

import contextlib
import importlib
import queue
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from julep_local.progress import Deliver

if TYPE_CHECKING:
    import asyncio

Function = Callable[[], object]

TK_EACH_MS = 20


def to_asyncio(loop: "asyncio.AbstractEventLoop | None" = None) -> Deliver:
    """Return what has functions called in an event loop; None is the one that runs now."""
    import asyncio

    chosen = asyncio.get_running_loop() if loop is None else loop

    def deliver(function: Function) -> None:
        with contextlib.suppress(RuntimeError):  # it has ended, and with it who would be told
            chosen.call_soon_threadsafe(function)

    return deliver


def to_qt(receiver: Any) -> Deliver:
    """Return what has functions called on the thread of a `QObject`, as a window is one; nothing once it is deleted.

    It works with PySide6, PyQt6 and their forerunners. Call it on the receiver's thread.
    """
    library = next(kind.__module__.split(".")[0] for kind in type(receiver).__mro__ if ".Qt" in kind.__module__)
    core: Any = importlib.import_module(f"{library}.QtCore")
    signal = core.Signal if hasattr(core, "Signal") else core.pyqtSignal

    # which Qt it is is known when it runs
    class Mailbox(core.QObject):  # type: ignore[misc]
        arrived = signal(object)

        def call(self, function: Function) -> None:
            function()

    mailbox = Mailbox(receiver)
    mailbox.arrived.connect(mailbox.call, core.Qt.ConnectionType.QueuedConnection)

    def deliver(function: Function) -> None:
        with contextlib.suppress(RuntimeError):  # the window is gone
            mailbox.arrived.emit(function)

    return deliver


def to_tk(widget: Any) -> Deliver:
    """Return what has functions called on the thread of a Tk widget, until it is destroyed. Call it on that thread."""
    arrived: queue.SimpleQueue[Function] = queue.SimpleQueue()

    def look() -> None:
        try:
            while not arrived.empty():  # nobody else takes
                arrived.get_nowait()()
        finally:  # what one of them raises must not end the delivery of the others
            if widget.winfo_exists():
                widget.after(TK_EACH_MS, look)

    widget.after(TK_EACH_MS, look)
    return arrived.put
