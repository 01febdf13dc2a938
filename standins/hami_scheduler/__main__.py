"""Run the scheduler: `python -m hami_scheduler --cert_file=… --key_file=…`.

Remove its annotations from nodes: `python -m hami_scheduler clean NAMESPACE DEPLOYMENT SCHEDULER`.
"""

from __future__ import annotations

import asyncio
import sys

from hami_scheduler.api import ApiError
from hami_scheduler.http_api import HttpApi, server_of_the_cluster
from hami_scheduler.uninstall import clean

CLEAN = "clean"


def main(arguments: list[str]) -> int:
    """Run the scheduler until SIGTERM, or clean up, and return the exit status."""
    if arguments[:1] == [CLEAN] and len(arguments) == 4:
        return asyncio.run(_clean(*arguments[1:]))
    # Only the scheduler needs the web server.
    from hami_scheduler.application import run
    from hami_scheduler.configuration import parse

    # The command line of HAMi's image begins with "scheduler".
    run(parse(arguments[1:] if arguments[:1] == ["scheduler"] else arguments))
    return 0


async def _clean(namespace: str, deployment: str, scheduler: str) -> int:
    api = HttpApi(server_of_the_cluster())
    try:
        await clean(api, namespace, deployment, scheduler)
    except (ApiError, TimeoutError) as error:
        sys.stderr.write(
            f"cannot remove the scheduler's annotations from nodes: {error}. Remove handshakes that "
            "begin with Requesting, and hami.io/mutex.lock, by hand.\n"
        )
        return 1
    finally:
        await api.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
