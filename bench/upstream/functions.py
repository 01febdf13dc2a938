"""Functions that tests have servers run."""


def multiply(seed: int) -> None:
    """Multiply two matrices, and see that the product is right."""
    import torch

    numbers = torch.Generator().manual_seed(seed)
    left = torch.randint(1, 8, (64, 64), generator=numbers).float()
    assert torch.equal(left @ torch.eye(64), left)


def fail() -> None:
    """Fail."""
    raise RuntimeError("out of ideas")
