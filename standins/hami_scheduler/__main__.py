"""Run the scheduler: `python -m hami_scheduler --cert_file=… --key_file=…`."""

from __future__ import annotations

import sys

from hami_scheduler.application import run
from hami_scheduler.configuration import parse

# The command line of HAMi's image begins with "scheduler".
run(parse([argument for argument in sys.argv[1:] if argument != "scheduler"]))
