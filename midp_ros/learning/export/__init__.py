"""From a checkpoint to one ONNX file that holds the whole policy; imports core, torch, onnx and onnxruntime."""

from midp_ros.learning.export.onnx_file import ExportError, export_onnx

__all__ = ["ExportError", "export_onnx"]
