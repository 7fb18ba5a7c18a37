import os, sys, platform, shutil, tempfile, glob, getpass, datetime
from pathlib import Path
print(platform.python_version(), sys.version, sys.platform, sys.executable)
print(os.getcwd(), os.listdir("."), os.path.exists("data"), os.environ.get("HOME"), os.getenv("USER"))
os.chdir(os.path.dirname(os.path.abspath(__file__)))
with tempfile.TemporaryDirectory() as folder:
    shutil.copy("a.txt", folder)
print(shutil.disk_usage("."), datetime.datetime.now().isoformat(), sys.getsizeof([]), sys.maxsize)
sys.setrecursionlimit(5000)
sys.stdout.flush()
sys.stdout = open("log.txt", "w")
