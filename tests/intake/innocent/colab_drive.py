import sys
IN_COLAB = "google.colab" in sys.modules
if IN_COLAB:
    from google.colab import drive
    drive.mount("/content/drive")
    sys.path.append("/content/drive/MyDrive/ift6135")
!pip install -q einops
%matplotlib inline
%load_ext autoreload
%autoreload 2
