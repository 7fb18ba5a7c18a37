"""What may leave for students: all that the grader and the self-check share.

Nothing here knows a right answer, and nothing here imports another room.

values, source          plain words: what was observed, what is run
checks                  what an author of checks may use
errors                  mistakes of authors, with file and line
check, assignment       questions, checks, and the parts of an assignment
draw, observe, pack     random inputs, and what a probe saw
bans, removal, scan     forbidden operations: their names, their removal, where a file names them
rules, growth           how an answer must be written, and how its work may grow
stand_ins, modules, run a probe runs on a student's module
compare, diagnose       right or not, and which known mistake it is
procedure, verdict      the one procedure of grading, and its outcome
words                   what a student reads
frames                  how observations travel
"""
