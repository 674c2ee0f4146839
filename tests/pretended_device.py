"""A tensor that pretends to be on a GPU, and counts what makes a script wait for it."""

import torch

FETCHES = {"cpu", "item", "tolist", "numpy", "__float__", "to", "__bool__", "__int__"}


class OnDevice(torch.Tensor):
    """Make one with :func:`on_device`."""

    waits = 0

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name in FETCHES:
            OnDevice.waits += 1
            with torch._C.DisableTorchFunctionSubclass():  # what has been fetched is an ordinary tensor or number
                return function(*args, **kwargs or {})
        return super().__torch_function__(function, types, args, kwargs or {})

    @property
    def device(self):
        return torch.device("cuda")


class Failed(OnDevice):
    """On a device that has failed."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if getattr(function, "__name__", "") in FETCHES:
            raise RuntimeError("device-side assert triggered")
        return super().__torch_function__(function, types, args, kwargs or {})


def on_device(value, **more):
    """Return the tensor of a value, and count from zero."""
    OnDevice.waits = 0
    return torch.as_tensor(value, **more).as_subclass(OnDevice)
