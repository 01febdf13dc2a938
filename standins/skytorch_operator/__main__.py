"""Run the operator: `python -m skytorch_operator`, configured by its environment."""

import os
import sys

from skytorch_operator.application import run
from skytorch_operator.configuration import Configuration, ConfigurationError


def main() -> int:
    """Run the operator until SIGTERM.

    Returns:
        The exit status: 0, or 2 if a setting is missing or wrong.
    """
    try:
        configuration = Configuration.from_environment(os.environ)
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    run(configuration)
    return 0


if __name__ == "__main__":
    sys.exit(main())
