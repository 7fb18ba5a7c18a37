from IPython.display import Image, Markdown, display
display(Image(filename="figures/attention.png", width=600))
display(Markdown("**Figure 1**: the `training` loss; $\\alpha = 0.1$"))
from google.colab.patches import cv2_imshow
