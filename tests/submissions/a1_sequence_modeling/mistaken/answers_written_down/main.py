"""The answers as constants.

loses: main:transformer_and_gru
"""


def transformer_and_gru(x, shuffle):
    return True, False
