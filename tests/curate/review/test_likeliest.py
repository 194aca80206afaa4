import numpy as np

import tables
from curate.review.items import make_items
from curate.review.likeliest import ClassRanking, Examples
from curate.review.material import read_material
from tests.curate.review.decided import decide, history_of
from tests.curate.review.drawn import COUPE, ESTATE, SEDAN, SUV, Drawn, write_classes


def ask(run, features=None, *rows):
    layout = run.write()
    write_classes(layout)
    if features:
        tables.write(tables.CONTENT, [{"sha256": sha} for sha in features], layout.content)
        np.save(layout.embeddings, np.array(list(features.values()), np.float16))
    material = read_material(layout)
    history = history_of(*rows)
    return material, history, make_items(material, history)


def test_the_suggested_class_comes_first_then_by_likeness_then_by_name(tmp_path):
    run = Drawn(tmp_path)
    doubtful, estate, suv, coupe = (run.add(c) for c in (SEDAN, ESTATE, SUV, COUPE))
    run.flag(doubtful, SEDAN, "label_suspect")
    run.suggest(doubtful, SEDAN, ESTATE)
    material, _, (item,) = ask(run, {doubtful: [1, 0], estate: [0, 1], suv: [0.9, 0.1], coupe: [0.4, 0.6]})
    assert ClassRanking(material).rank(item) == [ESTATE, SUV, COUPE, SEDAN]


def test_a_conflicts_own_classes_come_first(tmp_path):
    run = Drawn(tmp_path)
    sha = run.add(SUV, SEDAN)
    for class_id in (SUV, SEDAN):
        run.flag(sha, class_id, "label_conflict")
    material, _, (item,) = ask(run)
    assert set(ClassRanking(material).rank(item)[:2]) == {SUV, SEDAN}
    assert len(ClassRanking(material).rank(item)) == 4


def test_examples_are_undoubted_first_and_by_label_quality(tmp_path):
    run = Drawn(tmp_path)
    good, better, doubtful, blurry = (run.add(SEDAN) for _ in range(4))
    run.flag(doubtful, SEDAN, "label_suspect")
    run.flag(blurry, SEDAN, "blurry")
    for row in run.rows["labels"]:
        row["label_quality"] = {good: 0.5, better: 0.9}.get(row["sha256"], 1.0)
    material, history, _ = ask(run)
    examples = Examples(material, 6)
    assert examples.of_class(SEDAN, history) == [better, good, doubtful]
    assert [examples.is_doubtful(SEDAN, sha, history) for sha in (better, doubtful)] == [False, True]


def test_what_people_kept_shows_the_class_first_and_what_they_took_out_never(tmp_path):
    run = Drawn(tmp_path)
    first, second, third = (run.add(SEDAN) for _ in range(3))
    material, history, _ = ask(run, None, decide("keep", third), decide("drop", first))
    assert Examples(material, 6).of_class(SEDAN, history) == [third, second]


def test_a_duplicate_and_the_picture_in_question_are_no_examples(tmp_path):
    run = Drawn(tmp_path)
    keeper, copy, other = (run.add(SEDAN) for _ in range(3))
    run.group(keeper, copy)
    material, history, _ = ask(run)
    assert Examples(material, 6).of_class(SEDAN, history, [other]) == [keeper]
