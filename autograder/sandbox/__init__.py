"""Runs student code in confined children forked from a warm process.

client   the grader's end: starts the zygote, sends jobs, collects observations
zygote   the warm process: has imported torch and the probes, forks a child per job
child    what happens in a child: confinement, removal of forbidden operations, probes
"""
