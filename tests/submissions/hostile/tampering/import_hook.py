"""Takes the import machinery away."""

import sys

sys.meta_path.clear()
sys.modules.pop("torch", None)
