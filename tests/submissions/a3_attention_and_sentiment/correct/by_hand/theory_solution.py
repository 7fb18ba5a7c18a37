"""Pairs, sign, comprehension."""
import math


def rnn_output(sequence):
    pairs = sequence.reshape(len(sequence), -1, 2)
    return (torch.sign((pairs[..., 1] - pairs[..., 0]).sum(1)) + 1) / 2


def token_norms(beta):
    return [math.hypot(beta, beta), abs(beta), math.hypot(beta, beta)]


def attention_outputs():
    a, b, c, d = torch.eye(4)
    return torch.stack([d + b, a, c + b])
