"""`asyncio` without sockets: a loop that knows nothing but time.

Tasks, sleeping, timeouts, queues and locks work. What needs the network, signals or processes says that there is none.
`asyncio.to_thread` and executors do their work at once, for there are no threads.
"""

import asyncio
import asyncio.base_events
import asyncio.events
import time


class _Clock:
    """In place of a selector: there is nothing to select."""

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("every task waits for another, or for something that a runner does not have")
        if timeout > 0:
            time.sleep(timeout)
        return []


class TimeLoop(asyncio.base_events.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = _Clock()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        # Wakes a selector from another thread, which there is not.
        pass

    def run_in_executor(self, executor, function, *arguments):
        future = self.create_future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    async def subprocess_exec(self, *arguments, **options):
        raise OSError("a runner cannot start processes")

    subprocess_shell = subprocess_exec


class _Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    _loop_factory = TimeLoop


def install():
    asyncio.events._event_loop_policy = _Policy()
