"""Where a check fails is said by the failure itself, not only by its test's name."""

from contextlib import contextmanager


@contextmanager
def at(place):
    """Whatever stops what stands under it, an error too, is a failure of that place."""
    try:
        yield
    except Exception as error:
        said = str(error) if isinstance(error, AssertionError) else repr(error)
        raise AssertionError(f"{place}: {said}") from error
