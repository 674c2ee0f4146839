"""Counts the floating-point operations of a network, to know how large the network is.

PyTorch's own ``torch.utils.flop_counter`` imports Triton where that is installed, which takes 0.2 s.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

COUNTED = (nn.modules.conv._ConvNd, nn.Linear, nn.RNNBase, nn.MultiheadAttention)
"""Layers that do nearly all operations of a network."""


def flops(network: nn.Module, run: Callable[[], object]) -> float:
    """Return about how many floating-point operations the layers of ``network`` do while ``run`` is called.

    At every position of its output, a layer multiplies each of its weights with an input and adds up the products: two
    operations per weight. The products of queries, keys and values in attention involve no weights
    and are not counted.
    """
    counts: list[float] = []

    def count(layer: nn.Module, inputs: object, output: Tensor | tuple[Tensor, ...]) -> None:
        result = output[0] if isinstance(output, tuple) else output
        channels = result.shape[1 if isinstance(layer, nn.modules.conv._ConvNd) else -1]
        weights = sum(each.numel() for each in layer.parameters() if each.dim() > 1)
        counts.append(2 * weights * result.numel() / channels)

    hooks = [layer.register_forward_hook(count) for layer in network.modules() if isinstance(layer, COUNTED)]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return sum(counts)
