"""Goes on in a thread."""

import threading
import time

threading.Thread(target=lambda: time.sleep(600), daemon=False).start()
