"""A module as a tree of JSON: layers by their arguments, the notebook's own classes by their attributes.

Layers are those of ``layers.py``. A class of the notebook is one of the bundle's code, which was audited; its object
is made without ``__init__`` and given its attributes directly, so nothing of the class runs. Shared tensors and
modules stay shared. What is made is in evaluation mode.
"""

from __future__ import annotations

from typing import Any, NoReturn

from torch import nn

from ipymlops.errors import UnsafeModel
from ipymlops.registry import code
from ipymlops.registry.serializers.torch import layers, tensors, values

DEEPEST = 50
SAME = "same as"


def described(module: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tree, and the tensors by name. Raises UnsafeModel for what could not be made again."""
    writer = _Writer()
    return writer.node(module, ""), writer.tensors


class _Writer:
    def __init__(self) -> None:
        self.tensors: dict[str, Any] = {}
        self._names: dict[int, str] = {}  # of tensors
        self._paths: dict[int, str] = {}  # of modules

    def node(self, module: Any, path: str) -> dict[str, Any]:
        if id(module) in self._paths:
            return {SAME: self._paths[id(module)]}
        self._paths[id(module)] = path
        _refuse_hooks(module)
        node = self._head(module, path)
        node["parameters"] = {k: self._parameter(t, f"{path}{k}") for k, t in module._parameters.items()}
        node["buffers"] = {k: None if t is None else self._tensor(t, f"{path}{k}") for k, t in module._buffers.items()}
        if module._non_persistent_buffers_set:
            node["not persistent"] = sorted(module._non_persistent_buffers_set)
        node["modules"] = {
            name: None if child is None else self.node(child, f"{path}{name}.")
            for name, child in module._modules.items()
        }
        return node

    def _head(self, module: Any, path: str) -> dict[str, Any]:
        name = layers.listed_name(module)
        try:
            if name in layers.LAYERS:
                arguments = layers.arguments_of(module)
                return {"layer": name, "arguments": {k: values.written(v, _no_tensor) for k, v in arguments.items()}}
        except (ValueError, TypeError, AttributeError) as error:
            _refuse(str(error).splitlines()[0], "layers as their constructors make them")
        own = f"{type(module).__module__}.{type(module).__name__}"
        if not name and not code.holds(own):
            _refuse_class(module)
        head = {"layer": name} if name else {"class": own}
        settings = {k: self._setting(v, k, path) for k, v in layers.settings_of(module).items()}
        return {**head, "settings": settings} if settings else head

    def _setting(self, value: Any, name: str, path: str) -> Any:
        try:
            return values.written(value, lambda tensor: self._tensor(tensor, f"{path}{name}"))
        except ValueError as error:
            _refuse(f"its attribute {path}{name} is {error}", "plain values, tensors, parameters and modules")

    def _parameter(self, tensor: Any, name: str) -> Any:
        return None if tensor is None else [self._tensor(tensor, name), bool(tensor.requires_grad)]

    def _tensor(self, tensor: Any, name: str) -> str:
        if tensor.dtype not in tensors.NAMES or str(tensor.layout) != "torch.strided":
            _refuse(f"its tensor {name} is {tensor.dtype}, {tensor.layout}", f"one of {', '.join(tensors.TYPES)}")
        if id(tensor) not in self._names:
            self._names[id(tensor)] = name if name not in self.tensors else f"{name}#{len(self.tensors)}"
            self.tensors[self._names[id(tensor)]] = tensor
        return self._names[id(tensor)]


def built(tree: Any, held: dict[str, Any]) -> Any:
    """The module in evaluation mode; ValueError, KeyError and others like them where the tree is no such thing."""
    return _Reader(held).node(tree, "", 0)


class _Reader:
    def __init__(self, held: dict[str, Any]) -> None:
        self._held = held
        self._parameters: dict[str, Any] = {}
        self._modules: dict[str, Any] = {}  # path -> module

    def node(self, node: Any, path: str, depth: int) -> Any:
        if depth > DEEPEST:
            raise ValueError(f"it is nested deeper than {DEEPEST}")
        if SAME in node:
            return self._modules[node[SAME]]
        module = self._layer(node) if "arguments" in node else self._object(node)
        state = vars(module)
        state["training"] = False
        state["_non_persistent_buffers_set"] = set(map(str, node.get("not persistent", ())))
        if "arguments" in node and node["modules"]:
            raise ValueError(f"a {node['layer']} holds modules")
        state["_modules"] = {
            str(name): None if child is None else self.node(child, f"{path}{name}.", depth + 1)
            for name, child in node["modules"].items()
        }
        self._modules[path] = module  # only now, so that none holds itself
        return module

    def _layer(self, node: dict[str, Any]) -> Any:
        name, arguments = node["layer"], node["arguments"]
        if set(arguments) != set(layers.LAYERS[name]):
            raise ValueError(f"a {name} has other arguments")
        plain = {k: values.read(v, {}) for k, v in arguments.items()}
        layers.check_sizes(name, plain)
        if "num_layers" in plain and int(plain["num_layers"]) > len(self._held):
            raise ValueError(f"a {name} has more layers than there are tensors")
        module = layers.made(name, plain)
        for kind, given in (("_parameters", node["parameters"]), ("_buffers", node["buffers"])):
            own = dict(getattr(module, kind))
            if set(own) != set(given):
                raise ValueError(f"a {name} has other parameters")
            for key, expected in own.items():
                tensor = self._parameter(given[key]) if kind == "_parameters" else self._buffer(given[key])
                if getattr(tensor, "shape", None) != getattr(expected, "shape", None):
                    raise ValueError(f"a {name} has a {key} of another shape")
                setattr(module, key, tensor)
        return module

    def _object(self, node: dict[str, Any]) -> Any:
        """Made without ``__init__``; what torch's own would have set is taken from an empty module."""
        if node.get("layer") in layers.CONTAINERS:
            kind = getattr(nn, node["layer"])
        elif code.holds(node["class"]) and issubclass(code.found(node["class"]), nn.Module):
            kind = code.found(node["class"])
        else:
            raise ValueError(f"it holds a {node.get('class', node.get('layer'))!r}")
        module = object.__new__(kind)
        settings = {str(k): values.read(v, self._held) for k, v in node.get("settings", {}).items()}
        if strange := layers.MACHINERY & settings.keys():
            raise ValueError(f"it sets {min(strange)!r}")
        vars(module).update({**vars(nn.Module()), **settings})
        vars(module)["_parameters"] = {str(k): self._parameter(v) for k, v in node["parameters"].items()}
        vars(module)["_buffers"] = {str(k): self._buffer(v) for k, v in node["buffers"].items()}
        return module

    def _parameter(self, given: Any) -> Any:
        if given is None:
            return None
        name, trainable = given
        if name not in self._parameters:
            self._parameters[name] = nn.Parameter(self._held[name], requires_grad=bool(trainable))
        return self._parameters[name]

    def _buffer(self, given: Any) -> Any:
        return None if given is None else self._held[given]


def _refuse_hooks(module: Any) -> None:
    for hooks in layers.HOOKS:
        if getattr(module, hooks):
            _refuse(
                f"its {type(module).__name__} has hooks ({hooks.strip('_')})",
                "a module without hooks",
                "take them off (handle.remove()), or do that step in forward",
            )


def _refuse_class(module: Any) -> NoReturn:
    kind = type(module)
    if kind.__module__ == "__main__":
        _refuse(
            f"its class {kind.__name__!r} is defined in this notebook, and no recorded cell tells how",
            "a class that a cell defines",
            "register it with %mlops register in its notebook",
        )
    layer = kind.__module__.startswith("torch.nn.")
    _refuse(
        f"it holds a {kind.__module__}.{kind.__qualname__}",
        "common layers of torch.nn and classes of the notebook made of them",
        "write that part as a class of the notebook" if layer else "",
    )


def _no_tensor(tensor: Any) -> NoReturn:
    raise ValueError("a tensor where a layer takes a number")


def _refuse(found: str, expected: str, next_step: str = "") -> NoReturn:
    raise UnsafeModel(f"This torch module cannot be stored: {found}", expected=expected, next_step=next_step)
