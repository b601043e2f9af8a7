"""The generic Python component: one build runs every `python!module:callable`.

componentize-py imports this module once, when the component is built, and keeps the memory of the interpreter. Every job starts from
that memory and calls `WitWorld.run`. So what stands here at the margin happens at the build, and what the methods do happens in a job.
"""

import os
import random
import sys

from _rbit import stdlib

stdlib.keep_all("/python", os.path.dirname(__file__))

from _rbit import clients, loop  # noqa: E402

clients.install()
loop.install()

from _rbit import absent, call, report, snapshot, streams, warm  # noqa: E402

stdlib.warm(warm.MODULES)

import wit_world  # noqa: E402
from componentize_py_types import Err  # noqa: E402
from wit_world.imports.rbit_runner_types import Error_Blocked, Error_Failed  # noqa: E402

import rbit  # noqa: E402


class WitWorld(wit_world.WitWorld):
    def prime(self):
        snapshot.prime()

    def run(self, request, settings):
        # What `prime` has drawn from it, or would have, no job shall know.
        random.seed()
        try:
            return call.perform(request, settings)
        except rbit.Blocked as blocked:
            raise Err(Error_Blocked(str(blocked))) from None
        except rbit.Failed as failed:
            raise Err(Error_Failed(str(failed))) from None
        except SystemExit as ended:
            reason = report.of_exit(ended)
            if reason is None:
                return []
            raise Err(Error_Failed(reason)) from None
        except BaseException as error:
            raise Err(Error_Failed(report.of_exception(error))) from None
        finally:
            streams.flush()


streams.install()
absent.install()
sys.dont_write_bytecode = True
snapshot.prepare(WitWorld().run)
