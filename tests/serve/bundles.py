"""A small real bundle: four classes told by a picture's mean colour, three markets, drawn examples."""

import hashlib
import json
from datetime import UTC, date, datetime

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import tables
from serve.bundling import write_bundle
from serve.facts import make_vehicles
from tests.scrape.pictures import encode, image

RED, GREEN, BLUE, NO_CAR = "c-sedan", "glc-coupe", "s-sedan", "x-pickup"
CLASSES = (RED, GREEN, BLUE, NO_CAR)
SIZE = (48, 64)
COLOURS = {RED: (220, 20, 20), GREEN: (20, 220, 20), BLUE: (20, 20, 220)}


def write_model(path, classes=CLASSES, size=SIZE):
    """Write an ONNX file whose logits are 8 times the mean of red, green and blue, and 0 for the rest."""
    weights = np.zeros((len(classes), 3), np.float32)
    weights[:3, :3] = np.eye(3) * 8
    graph = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["image"], ["mean"]), helper.make_node("Flatten", ["mean"], ["flat"]),
         helper.make_node("Gemm", ["flat", "weights"], ["logits"], transB=1)],
        "colours", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, *size])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(classes)])],
        [numpy_helper.from_array(weights, "weights")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def write_labels(path, model, **changes):
    """Write labels.json for a model of :func:`write_model`."""
    document = {
        "version": 1, "classes": list(CLASSES), "names": {RED: "C-Class Sedan", GREEN: "GLC Coupe"},
        "architecture": "mean colour", "input": "image", "output": "logits",
        "preprocessing": {"size": list(SIZE), "resize": "squish", "interpolation": "bilinear",
                          "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]},
        "temperature": 2.0, "reject": {"score": "probability", "threshold": 0.6}, "sandbox": True,
        "model_sha256": hashlib.sha256(model.read_bytes()).hexdigest()} | changes
    path.write_text(json.dumps(document), encoding="utf-8")


def make_frames():
    """Return summary, models, paints and classes of three markets: sold, succeeded, not sold, not fetched."""
    then = datetime(2026, 11, 1, tzinfo=UTC)
    model = {"country": "DE", "currency": "EUR", "pricing_date": date(2019, 6, 3), "fetched_at": then,
             "invented": True, "power_hp_unit": "PS", "product_group": "PKW"}
    models = [
        model | {"market_id": market, "language": market[:2], "class_id": RED, "model_id": f"20500{n}1",
                 "series": "W205", "name": f"C {n}00", "match": "series", "successor": False,
                 "price_gross": 40000.0 + 1000 * n,
                 "power_kw": 100.0 + n, "power_hp": 136.0 + n, "fuel_type": fuel, "transmission": "9G-TRONIC",
                 "api_class_id": "C-KLASSE", "body_id": "LIMOUSINE"}
        for market in ("de_DE", "en_GB") for n, fuel in ((1, "DIESEL"), (2, "SUPER"))]
    models += [
        model | {"market_id": "de_DE", "language": "de", "class_id": None, "model_id": "2543021_058", "series": "C254",
                 "name": name, "match": "successor_left_out", "successor": True, "price_gross": price,
                 "api_class_id": "GLC-KLASSE", "body_id": "COUPE"}
        for name, price in (("GLC 200 d 4MATIC", 62000.0), ("GLC 200", 56000.0))]
    paint = {"market_id": "de_DE", "class_id": RED, "currency": "EUR", "invented": True}
    paints = [
        paint | {"model_id": "2050011", "paint_id": "LU-197", "name": "obsidianschwarz", "colour_group": "Black",
                 "price_gross": 1011.5},
        paint | {"model_id": "2050021", "paint_id": "L-197", "name": "obsidianschwarz", "colour_group": "Black",
                 "price_gross": 900.0},
        paint | {"model_id": "2050011", "paint_id": "LU-149", "name": "polarweiß", "colour_group": "White",
                 "price_gross": 0.0},
        paint | {"model_id": "2050011", "paint_id": "SA-C23", "name": "Zweifarbenlackierung silber / schwarz"}]
    summary = [{"market_id": market, "class_id": class_id, "details_count": 0, "paints_count": 0, "invented": True,
                "status": "not_fetched" if market == "fr_FR" else "complete" if class_id == RED else "not_sold"}
               for market in ("de_DE", "en_GB", "fr_FR") for class_id in CLASSES]
    classes = [
        {"class_id": RED, "label": RED, "name": "C-Class Sedan", "series": "W205", "start_year": 2014,
         "api_class_id": "C-KLASSE", "api_body_id": "LIMOUSINE", "all_terrain": False},
        {"class_id": GREEN, "label": GREEN, "name": "GLC Coupe", "series": "C253", "start_year": 2016,
         "api_class_id": "GLC-KLASSE", "api_body_id": "COUPE", "all_terrain": False}]
    return (tables.make(tables.SUMMARY, summary), tables.make(tables.MODELS, models),
            tables.make(tables.PAINTS, paints), tables.make(tables.CLASSES, classes))


def make_bundle(folder, **labels):
    """Write a bundle to ``folder``/bundle and return it."""
    model, named = folder / "models" / "model.onnx", folder / "models" / "labels.json"
    write_model(model)
    write_labels(named, model, **labels)
    credit = {"title": "A car", "author": "Ann", "license": "CC BY 4.0",
              "license_url": "https://creativecommons.org/licenses/by/4.0/", "page_url": "https://example.org/a"}
    examples = [(class_id, credit | {"file": f"{class_id}/{n}.jpg"}, encode(image(n), "JPEG"))
                for class_id in (RED, GREEN) for n in (1, 2)]
    return write_bundle(folder / "bundle", model, named, make_vehicles(*make_frames()), examples,
                        {"model.onnx": model}, "0")


def coloured(class_id, kind="JPEG", size=(90, 60), **options):
    """Return a picture in the colour that the model takes for ``class_id``."""
    from PIL import Image

    return encode(Image.new("RGB", size, COLOURS[class_id]), kind, **options)
