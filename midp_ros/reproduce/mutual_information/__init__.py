"""The mutual-information-regularised diffusion policy: does the published form help, and does our own?

variants     what is compared, as training configurations
trainings    the parts: one training and its episodes each, and the way between noise and action
drawings     the figures
study        the page
"""
