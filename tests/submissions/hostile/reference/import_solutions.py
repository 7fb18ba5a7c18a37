"""Imports the solutions as a package."""

from solutions.a2_lstm_and_vit.vit_solution import *
