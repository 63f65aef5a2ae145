"""A motion as a stream of joint setpoints at a fixed rate."""
