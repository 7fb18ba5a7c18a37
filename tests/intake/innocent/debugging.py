import pdb, traceback, inspect
from IPython import embed
from IPython.display import display, HTML, clear_output, Image
import ipdb

try:
    print(inspect.signature(print))
    print(inspect.getsource(embed))
except Exception as e:
    traceback.print_exc()
    pdb.set_trace()
