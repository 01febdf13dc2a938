"""The operators that specs name: their names in torch, and their names for servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maidenhair.errors import ConfigurationError


@dataclass(frozen=True)
class Operator:
    """An operator.

    Attributes:
        name: its name in torch, torch.nn.functional or torch.linalg, or the name of a method of tensors.
        aten: its name for servers, "aten.<operator>.<overload>".
    """

    name: str
    aten: str

    @property
    def changes_operand(self) -> bool:
        """Return whether it changes its first operand. torch marks that by an underscore at the end of the name."""
        return self.name.endswith("_")

    def here(self) -> Callable[..., Any]:
        """Return torch's public function or method for it, to compute it on this machine.

        Raises:
            ConfigurationError: torch has no function and no method of that name.
        """
        import torch

        places = (torch, torch.nn.functional, torch.linalg, torch.Tensor)
        for place in places[::-1] if self.changes_operand else places:
            found = getattr(place, self.name, None)
            if found is not None:
                return found  # type: ignore[no-any-return]
        raise ConfigurationError(f"torch has no function and no method named {self.name!r}")


def operator_named(name: str, with_out: bool = False) -> Operator:
    """Return the operator of a name.

    Args:
        name: a name of OPERATORS.
        with_out: whether the operator writes its result into the tensor of the argument `out`.

    Raises:
        ConfigurationError: the catalogue has no such operator, or not with `out`.
    """
    known = OUT_OPERATORS if with_out else OPERATORS
    if name not in known:
        form = " with out" if with_out else ""
        raise ConfigurationError(
            f"the catalogue has no operator {name!r}{form}; choose one of: {', '.join(known)}"
        )
    return Operator(name, f"aten.{known[name]}")


def _default(*names: str) -> dict[str, str]:
    return {name: f"{name}.default" for name in names}


OPERATORS: dict[str, str] = {
    # Operators on single elements.
    **_default("abs", "neg", "sign", "floor", "ceil", "trunc", "round", "relu", "reciprocal"),
    **_default("exp", "log", "sqrt", "rsqrt", "sin", "cos", "tanh"),
    **_default("sigmoid", "erf", "gelu", "silu", "softplus", "leaky_relu"),
    **_default("bitwise_not", "logical_not", "logical_and", "isnan", "isfinite"),
    **_default("maximum", "minimum", "atan2", "clamp"),
    "add": "add.Tensor",
    "sub": "sub.Tensor",
    "mul": "mul.Tensor",
    "div": "div.Tensor",
    "remainder": "remainder.Tensor",
    "floor_divide": "floor_divide.default",
    "pow": "pow.Tensor_Scalar",
    "lerp": "lerp.Scalar",
    "addcmul": "addcmul.default",
    "bitwise_and": "bitwise_and.Tensor",
    "bitwise_xor": "bitwise_xor.Tensor",
    "bitwise_left_shift": "bitwise_left_shift.Tensor_Scalar",
    # Comparisons.
    **{name: f"{name}.Tensor" for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **_default("isclose"),
    "where": "where.self",
    # Reductions.
    "sum": "sum.dim_IntList",
    "mean": "mean.dim",
    "prod": "prod.dim_int",
    "std": "std.dim",
    "var": "var.dim",
    "max": "max.dim",
    "min": "min.dim",
    "any": "any.dim",
    "all": "all.dim",
    "median": "median.default",
    "norm": "norm.ScalarOpt_dim",
    **_default("amax", "argmax", "argmin", "cumsum", "cumprod", "logsumexp", "count_nonzero"),
    # Linear algebra.
    **_default("mm", "bmm", "matmul", "mv", "dot", "outer", "addmm", "linear", "trace", "inverse"),
    "det": "linalg_det.default",
    # Shapes, order and selection.
    **_default("t", "permute", "reshape", "cat", "stack", "flip", "roll", "repeat"),
    **_default("tril", "triu", "gather", "index_select", "masked_select", "take", "nonzero"),
    "flatten": "flatten.using_ints",
    "transpose": "transpose.int",
    "select": "select.int",
    "narrow": "narrow.default",
    "masked_fill": "masked_fill.Scalar",
    "scatter_add": "scatter_add.default",
    "sort": "sort.default",
    "argsort": "argsort.default",
    "topk": "topk.default",
    # Neural networks.
    **_default("conv2d", "max_pool2d", "avg_pool2d", "layer_norm", "group_norm"),
    **_default("embedding", "mse_loss", "l1_loss"),
    "softmax": "softmax.int",
    "log_softmax": "log_softmax.int",
    "cross_entropy": "cross_entropy_loss.default",
    "nll_loss": "nll_loss.default",
    # Operators that change their first operand.
    **{f"{name}_": f"{name}_.Tensor" for name in ("add", "sub", "mul", "div")},
    **_default("relu_", "zero_", "clamp_", "copy_", "exp_"),
    "fill_": "fill_.Scalar",
    "masked_fill_": "masked_fill_.Scalar",
    # Creation.
    **_default("zeros", "ones", "full", "arange", "linspace", "eye"),
    **_default("zeros_like", "full_like"),
}
"""ATen's operator and overload, by torch's name of the operator."""

OUT_OPERATORS: dict[str, str] = {
    "add": "add.out",
    "mm": "mm.out",
    "exp": "exp.out",
}
"""ATen's operator and overload for operators with the argument `out`, by torch's name."""
