"""Action chunks in force: which action of which chunk belongs to a step, and how a chunk takes over.

    scheduler            by time stamps; actions that are past are dropped
    chunk_hand_over      the choice: switch, ensemble or inpaint
    ensemble             temporal ensembling (Zhao et al. 2023)
    real_time_chunking   inpainting of the running chunk (Black et al. 2025)
"""
