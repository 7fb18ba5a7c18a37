import numpy as np
import seaborn as sns
from sklearn.metrics import confusion_matrix, ConfusionMatrixDisplay, classification_report

def show(y_true, y_pred, names):
    cm = confusion_matrix(y_true, y_pred)
    ConfusionMatrixDisplay(cm, display_labels=names).plot(xticks_rotation=45)
    print(classification_report(y_true, y_pred, target_names=names))
