"""Running an exported policy; imports core and onnxruntime. No torch."""
