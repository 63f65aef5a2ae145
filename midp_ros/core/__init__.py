"""The words that every layer speaks; imports numpy (and PyYAML for contract files), nothing else."""
