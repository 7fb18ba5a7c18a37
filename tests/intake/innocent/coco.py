from pycocotools.coco import COCO
import skimage.io as io
import requests, glob

coco = COCO("annotations/instances_train2014.json")
ids = coco.getCatIds(catNms=["airplane", "bus", "cat", "dog", "pizza"])
for img in coco.loadImgs(coco.getImgIds(catIds=ids[0]))[:10]:
    data = requests.get(img["coco_url"]).content
    with open("images/" + img["file_name"], "wb") as f:
        f.write(data)
