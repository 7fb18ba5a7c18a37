"""Turns solutions/ into assignments/: what a student gets, without a line of the answers.

strip   solution regions -> TODOs, in Python text
build   a whole assignment folder
"""
