"""Checks every stack in the sandbox, with the policies on full values, and writes reports: `make check`."""
