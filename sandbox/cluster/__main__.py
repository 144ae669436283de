"""Builds what a cluster runs: `python -m sandbox.cluster`. Exit code 1 with a line that says why it cannot."""

import sys

from sandbox.cluster.programs import build
from sandbox.failures import SandboxError


def main() -> int:
    """The command line; the exit code."""
    try:
        build(lambda line: print(line, flush=True))
    except SandboxError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print("The sandbox's cluster is built: `make up` runs it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
