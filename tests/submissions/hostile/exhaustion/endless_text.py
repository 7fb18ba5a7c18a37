"""Raises an exception whose text never ends."""

class Endless(Exception):
    def __str__(self):
        while True:
            pass

class LayerNorm:
    def forward(self, inputs):
        raise Endless
