"""The self-check: the kit with a runner of its own. `autograder release` packs it for students."""
