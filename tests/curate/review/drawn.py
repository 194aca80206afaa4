"""A small run with drawn pictures: cars of two colours and doubts of every kind, written as the stages write them."""

import datetime as dt
import hashlib
import io

import numpy as np
from PIL import Image, ImageDraw

import tables
from pipeline.layout import Layout

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SEDAN, ESTATE, COUPE, SUV = "c-sedan", "c-estate", "c-coupe", "g-suv"
MARKUP = '<img src=x onerror="document.body.dataset.pwned=1"><script>document.body.dataset.pwned=1</script> A & B'


def draw(seed: int, width: int = 240, height: int = 160) -> Image.Image:
    """Return a car on a street, other colours and proportions for every seed."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (width, height), tuple(int(v) for v in random.integers(120, 220, 3)))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, height * 0.72, width, height), fill=tuple(int(v) for v in random.integers(60, 110, 3)))
    paint = tuple(int(v) for v in random.integers(0, 255, 3))
    left, right = width * random.uniform(0.08, 0.2), width * random.uniform(0.8, 0.92)
    roof = height * random.uniform(0.25, 0.42)
    pen.polygon([(left + 45, height * 0.52), (left + 75, roof), (right - 70, roof), (right - 30, height * 0.52)],
                fill=paint)
    pen.rectangle((left, height * 0.5, right, height * 0.74), fill=paint)
    for x in (left + 40, right - 40):
        pen.ellipse((x - 18, height * 0.66, x + 18, height * 0.66 + 36), fill=(20, 20, 20))
    return image


def encode(image: Image.Image, quality: int = 85) -> bytes:
    """Return the picture as a JPEG."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


class Drawn:
    """Collects pictures, hits and doubts, then writes them as one run below ``root``."""

    def __init__(self, root):
        self.layout = Layout(root)
        self.rows = {table.name: [] for table in (tables.HITS, tables.IMAGES, tables.FLAGS, tables.LABELS,
                                                  tables.PAIRS, tables.GROUPS)}
        self.group_of = {}
        self.seed = 0

    def add(self, *class_ids, data=None, **hit):
        """Add a picture found for the classes and return its sha256."""
        self.seed += 1
        data = data or encode(draw(self.seed))
        image = Image.open(io.BytesIO(data))
        sha = hashlib.sha256(data).hexdigest()
        path = self.layout.images / sha[:2] / f"{sha}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.rows["images"].append({"sha256": sha, "path": f"{sha[:2]}/{sha}.jpg", "bytes": len(data),
                                    "format": "JPEG", "mode": "RGB", "width": image.width, "height": image.height,
                                    "jpeg_quality": 85})
        for class_id in class_ids:
            self.rows["hits"].append({
                "class_id": class_id, "source": "commons", "query": "Mercedes-Benz", "rank": self.seed,
                "url": f"https://images.example/{self.seed}.jpg", "page_url": f"https://pages.example/{self.seed}",
                "title": f"Picture {self.seed}", "author": "Ann Author", "license": "CC BY 4.0",
                "license_url": "https://creativecommons.org/licenses/by/4.0/", "found_at": NOW, "status": "saved",
                "sha256": sha, **hit})
            self.rows["labels"].append({"sha256": sha, "class_id": class_id, "label_quality": 0.9})
        self.group_of[sha] = sha
        return sha

    def flag(self, sha, class_id, flag, score=0.1, threshold=0.25, action="review", detail=None):
        """Raise a doubt about a picture."""
        self.rows["flags"].append({"sha256": sha, "class_id": class_id, "flag": flag, "score": score,
                                   "threshold": threshold, "action": action,
                                   "detail": detail or f"its score is {score:.2f}, below {threshold:.2f}"})

    def suggest(self, sha, class_id, suggested, probability=0.8):
        """Let the features suggest another class."""
        for row in self.rows["labels"]:
            if (row["sha256"], row["class_id"]) == (sha, class_id):
                row |= {"label_quality": 0.05, "suggested_class_id": suggested,
                        "suggested_probability": probability}

    def pair(self, a, b, verdict, **measured):
        """Note what was measured of two pictures."""
        a, b = sorted((a, b))
        self.rows["pairs"].append({"sha256_a": a, "sha256_b": b, "found_by": "phash", "hash_distance": 6,
                                   "inliers": 40, "scale": 1.0, "mirrored": False, "overlap": 0.98, "residual": 0.21,
                                   "chroma": 1.5, "verdict": verdict} | measured)

    def group(self, *shas):
        """Put pictures into one group, the first of them its keeper."""
        for sha in shas:
            self.group_of[sha] = shas[0]

    def write(self):
        """Write all tables; return the layout."""
        keepers = set(self.group_of.values())
        self.rows["groups"] = [
            {"sha256": sha, "group_id": min(s for s, g in self.group_of.items() if g == group),
             "keeper": sha in keepers, "reason": "most pixels" if sha in keepers else f"yields to {group}",
             "split_group_id": group}
            for sha, group in self.group_of.items()]
        layout = self.layout
        for table, path in ((tables.HITS, layout.hits), (tables.IMAGES, layout.inspected),
                            (tables.FLAGS, layout.flags), (tables.LABELS, layout.labels),
                            (tables.PAIRS, layout.pairs), (tables.GROUPS, layout.groups)):
            rows = self.rows[table.name]
            if table is tables.IMAGES:
                rows = list({row["sha256"]: row for row in rows}.values())
            tables.write(table, rows, path)
        return layout


def write_classes(layout, *class_ids):
    """Write a classes.csv of the four classes, or of those given."""
    names = {SEDAN: "C-Class Sedan", ESTATE: "C-Class Estate", COUPE: "C-Class Coupé", SUV: "G-Class"}
    series = {SEDAN: "W205", ESTATE: "S205", COUPE: "C205", SUV: "W463"}
    rows = [f"{c},{c.title()}_2018,{names[c]},{series[c]}" for c in class_ids or names]
    layout.classes.write_text("class_id,label,name,series\n" + "\n".join(rows) + "\n", encoding="utf-8")


def make_run(root, blurry: int = 12) -> Layout:
    """Write a run with every kind of question: blurry pictures, a wrong label, a conflict, doubtful pairs, a group."""
    run = Drawn(root)
    for class_id in (SEDAN, ESTATE, COUPE, SUV):
        for _ in range(3):
            run.add(class_id)
    for n in range(blurry):
        sha = run.add(SEDAN)
        run.flag(sha, SEDAN, "blurry", 0.2 - n / 100)
    wrong = run.add(SEDAN, title=MARKUP, author="<b>Bob</b>", page_url="javascript:alert(1)")
    run.flag(wrong, SEDAN, "label_suspect", 0.05, 0.2)
    run.suggest(wrong, SEDAN, ESTATE)
    both = run.add(COUPE, SUV)
    for class_id in (COUPE, SUV):
        run.flag(both, class_id, "label_conflict", 2.0, 1.0, detail="the same photograph stands under 2 classes")
    a, b = run.add(COUPE), run.add(COUPE)
    run.pair(a, b, "review")
    base = draw(500)
    keeper, *others = (run.add(SUV, data=encode(base.resize((width, width * 2 // 3)), 90))
                       for width in (240, 180, 150))
    run.group(keeper, *others)
    for other in others:
        run.pair(keeper, other, "duplicate", residual=0.03)
    layout = run.write()
    write_classes(layout)
    return layout
