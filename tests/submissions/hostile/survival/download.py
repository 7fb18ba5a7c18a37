"""Downloads the solution."""

import urllib.request

urllib.request.urlopen("http://192.0.2.1/solution.py", timeout=1)
