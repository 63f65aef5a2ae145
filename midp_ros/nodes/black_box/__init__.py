"""Black boxes of the policy's loop and of the stand-in: parameters, service, writer."""
