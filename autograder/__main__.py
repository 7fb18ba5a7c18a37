"""`python -m autograder` is the command `autograder`."""

from autograder.frontends.command_line import main

main()
