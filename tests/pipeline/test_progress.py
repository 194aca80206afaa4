from pipeline.progress import Progress, track


def test_a_log_gets_plain_lines_with_counts_and_facts(capsys):
    with Progress("download", total=4, every=0.0) as progress:
        progress.advance(saved=1)
        progress.advance(3, saved=2, failed=2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("download: 1/4 images, 1 saved, ")
    assert lines[-1].startswith("download: 4/4 images, 2 saved, 2 failed, ")
    assert "\r" not in "".join(lines)


def test_track_yields_every_item_in_order(capsys):
    assert list(track([3, 1, 2], "inspect", 3)) == [3, 1, 2]
    assert "inspect: 3/3 images" in capsys.readouterr().err
