"""Runs student code in confined children forked from a warm process.

client       the grader's end: starts the fork server, sends jobs, collects observations
fork_server  the warm process: has imported torch and the probes
base         one process per ban, forked from it, in which forbidden operations are gone
supervise    forks a child, kills it at its limits, says how it ended
child        what happens in a child: confinement, the student's module, the probes
confine      the layers of confinement, with landlock, seccomp and private_folder
escape_test  tries to break out of them
lifetime     no process outlives the one that started it
"""
