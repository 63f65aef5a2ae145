"""The denoisers of this package; imports core and torch."""
