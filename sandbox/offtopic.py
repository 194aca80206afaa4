"""Off-topic pictures."""

from sandbox.cars import draw_car

DRAWINGS = {kind: (lambda seed, size: draw_car("", seed, size))
            for kind in ("interior", "engine_bay", "logo", "toy", "other_car")}
