"""PyTorch, where it is installed; `make test PEERS=1` makes it compulsory."""

import os

import pytest


def torch():
    """The torch module in double precision, or a skip that says how to get it."""
    if os.environ.get("PEERS") == "1":
        import torch
    else:
        torch = pytest.importorskip(
            "torch",
            reason="PyTorch is an extra: make test PEERS=1 installs and runs it",
        )
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    return torch
