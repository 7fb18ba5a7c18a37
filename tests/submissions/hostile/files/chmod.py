"""Makes files readable."""

import glob
import os

for path in glob.glob("/tmp/attacks_*"):
    try:
        os.chmod(path, 0o777)
        raise SystemError("changed")
    except OSError:
        pass
