"""``.tflite`` files as their schema has them: read, and written."""

from __future__ import annotations

from typing import Any

__all__ = ["code_of", "read_file", "written_file"]


def read_file(content: bytes) -> Any:
    """A ``.tflite`` file as its schema has it: graphs of operations and tensors."""
    from ai_edge_litert import schema_py_generated as schema

    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(content)))


def written_file(model: Any) -> bytes:
    """What :func:`read_file` gave, changed."""
    from ai_edge_litert.tools import flatbuffer_utils

    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def code_of(model: Any, operation: Any) -> int:
    """Which operation it is, by the schema's number."""
    held = model.operatorCodes[operation.opcodeIndex]
    return int(max(held.builtinCode, held.deprecatedBuiltinCode))
