"""An exported policy on onnxruntime; imports core and onnxruntime. No torch.

    onnx_policy      the policy: window in, chunk out
    providers        CPU, CUDA or TensorRT
    inpainting       the previous chunk as a prefix of the next
    delayed_policy   an artificial inference delay, for trials
"""
