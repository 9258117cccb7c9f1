"""Nodes and constants of an ONNX graph; equal ones are stored once."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onnx import NodeProto, TensorProto

ML = "ai.onnx.ml"
OPSET, ML_OPSET, IR = 24, 5, 11
"""Versions that ONNX Runtime reads since 1.24; earlier ones add some 64-bit trees wrongly."""
FLOAT, INT64, TEXT, DOUBLE = 1, 7, 8, 11
"""ONNX's codes of its types."""


@dataclass
class Nodes:
    """The nodes added so far; methods return the name of the added node or constant."""

    made: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)
    _known: dict[object, str] = field(default_factory=dict)

    def add(
        self,
        kind: str,
        inputs: Sequence[str],
        *,
        output: str = "",
        domain: str = "",
        options: Mapping[str, object] = MappingProxyType({}),
    ) -> str:
        """Add a node, or reuse an equal one."""
        from onnx import helper

        node = helper.make_node(kind, list(inputs), [], domain=domain, **options)
        key = node.SerializeToString(deterministic=True)
        if output or key not in self._known:
            self._known[key] = output or f"cp_node_{len(self.made)}"
            node.output.append(self._known[key])
            self.made.append(node)
        return self._known[key]

    def constant(self, values: object, dtype: type = np.float64) -> str:
        """Add an array of numbers of any shape, or one text."""
        tensor = self.tensor(values, dtype=dtype)
        key = tensor.SerializeToString(deterministic=True)
        if key not in self._known:
            self._known[key] = tensor.name = f"cp_constant_{len(self.constants)}"
            self.constants.append(tensor)
        return self._known[key]

    def gather(self, values: np.ndarray, indices: str) -> str:
        """Return the 64-bit values at the given indices."""
        return self.add("Gather", [self.constant(values), indices])

    @staticmethod
    def tensor(values: object, name: str = "", dtype: type = np.float64) -> TensorProto:
        """Return numbers, a list of texts or one text as an ONNX tensor."""
        from onnx import helper, numpy_helper

        found = np.asarray(values)
        if found.dtype.kind in "UO":
            return helper.make_tensor(name, TEXT, found.shape, [str(each).encode() for each in found.ravel()])
        return numpy_helper.from_array(np.asarray(found, dtype=dtype), name)

    def model(self, inputs: Mapping[str, str], outputs: Mapping[str, int], facts: Mapping[str, str]) -> bytes:
        """Return the file; ``inputs``: kind by name, ``outputs``: columns by name, 0 for texts."""
        import onnx
        from onnx import helper

        info = helper.make_tensor_value_info
        given = [
            info(name, TEXT if kind == "text" else DOUBLE, ["rows", 1], doc_string=kind)
            for name, kind in inputs.items()
        ]
        results = [info(name, DOUBLE if width else TEXT, ["rows", width or 1]) for name, width in outputs.items()]
        graph = helper.make_graph(self.made, "custpred", given, results, self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="custpred")
        helper.set_model_props(model, dict(facts))
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
