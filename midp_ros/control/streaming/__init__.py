"""A motion as a stream of joint setpoints at a fixed rate.

    setpoint_stream    the setpoint of a deadline, continuous across motions and stalls
    decaying_offset    the difference after a stall, which decays within the velocity limits
    deadlines          absolute times on the steady clock
    command_timing     jitter, missed deadlines, response
"""
