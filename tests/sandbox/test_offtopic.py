import numpy as np
import pytest

from sandbox.kinds import OFF_TOPIC
from sandbox.offtopic import DRAWINGS


def test_every_off_topic_kind_can_be_drawn() -> None:
    assert DRAWINGS.keys() == {kind.name for kind in OFF_TOPIC}


@pytest.mark.parametrize("kind", sorted(DRAWINGS))
@pytest.mark.parametrize("size", [(320, 213), (200, 260)])
def test_a_drawing_follows_from_its_seed(kind: str, size: tuple[int, int]) -> None:
    first, again, other = (DRAWINGS[kind](seed, size) for seed in (1, 1, 2))
    assert first.size == size and first.mode == "RGB"
    assert first.tobytes() == again.tobytes() != other.tobytes()
    assert np.asarray(first).std() > 5
