"""Statistics of periods and durations: jitter, histograms with percentiles."""
