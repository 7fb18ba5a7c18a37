"""The engine: grades one submission.

grader          the door: `Grader.open(settings)` and `grade(submission)`
settings, seeds how to grade, and the secret seed of the course
attempts        runs probes in confined processes
oracle          the reference's observations, computed in a process of its own
claims          what logs claim, held against what the trained model does
result          what is written into results.json
"""
