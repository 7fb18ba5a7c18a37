"""Runs code when its module is thrown away."""

import weakref

class Late:
    def __del__(self):
        import os
        os.write(3, b"x")

late = Late()
