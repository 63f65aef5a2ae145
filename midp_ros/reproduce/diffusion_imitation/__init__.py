"""The study `diffusion_imitation`: five claims about diffusion-based imitation learning, on this project's tasks.

extent       how much is trained and judged, in the quick form and in the whole one
recipes      the learners' training configurations
cases        which trainings there are, and what each is judged by
measured     episodes, held-out error, two ways past the post
parts        a training and what it is judged by
gathered     the results by learner, demonstrations and seed
compared     differences and spreads with their intervals, and what they say of a claim
verdicts     whether each of the claims holds
tables, figures, pictures, texts, findings   the page
"""
