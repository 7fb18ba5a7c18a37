try:
    import google.colab
    from google.colab import files
    ROOT = "/content/drive/My Drive/hw2"
except ImportError:
    ROOT = "."
import sys
sys.path.insert(0, ROOT)
