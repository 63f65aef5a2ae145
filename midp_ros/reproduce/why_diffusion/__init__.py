"""The study `why_diffusion`: which policies keep two ways apart, and what in diffusion does it."""
