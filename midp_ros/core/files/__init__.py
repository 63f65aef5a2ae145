"""Files of midp_ros: reading YAML, writing whole files into places that were checked, recognising kinds."""
