"""What tests need that a user's machine may lack: they are skipped there, and fail in CI."""

import os

import pytest


def missing(what: str) -> None:
    """Skip the test that runs, or the module that is imported, and name `what` it lacks."""
    if os.environ.get("CI"):
        raise RuntimeError(f"{what}: not on this machine, and in CI nothing is skipped")
    pytest.skip(f"{what}: not on this machine", allow_module_level=True)


def needs(there: object, what: str) -> pytest.MarkDecorator:
    """Mark a test that runs only where something is `there`; `what` names it and its package."""
    if not there and os.environ.get("CI"):
        raise RuntimeError(f"{what}: not on this machine, and in CI nothing is skipped")
    return pytest.mark.skipif(not there, reason=f"{what}: not on this machine")
