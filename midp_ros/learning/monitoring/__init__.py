"""What a training run leaves behind: metrics, checkpoint, curves, action errors and the verdict."""
