"""One run of `midp experiment`: its data, training and scores; and `midp reproduce`."""
