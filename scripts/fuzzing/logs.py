"""Random training logs: usual styles of lines, mixed and garbled."""

from __future__ import annotations

import json
from random import Random

from scripts.fuzzing import values


def log(random: Random) -> bytes:
    """Return a log of some lines with varying endings, encodings and last lines."""
    ending = random.choice(("\n", "\r\n", "\r"))
    lines = [_line(random, step) for step in range(random.choice((0, 1, 5, 60, 400)))]
    content = ending.join(lines).encode("utf-8", "surrogatepass")
    if random.random() < 0.7:
        content += ending.encode()
    if random.random() < 0.1:
        content = content.decode("utf-8", "replace").encode("utf-16")
    return values.garbled(random, content) if random.random() < 0.3 else content


def _line(random: Random, step: int) -> str:
    pairs = [(values.name(random), values.number(random)) for _ in range(random.randrange(1, 5))]
    loss, count = random.gauss(2, 1), random.randrange(1, 1000)
    kind = random.randrange(9)
    if kind == 0:
        return " ".join(f"{name}={number}" for name, number in [("step", step), *pairs])
    if kind == 1:
        return ", ".join(f"{name}: {number}" for name, number in [("step", step), *pairs])
    if kind == 2:
        return json.dumps({"step": step, **dict(pairs)})
    if kind == 3:
        return str({"loss": loss, "epoch": step / 10, **dict(pairs)})
    if kind == 4:
        bar = f"{step % 100}%|{'█' * (step % 30)}| {step}/{count}"
        return f"Epoch {step}/{count}: {bar} [00:01<00:02,  3.1it/s, loss={loss}]"
    if kind == 5:
        head = f"[{values.moment(random)}] | epoch {step:3d} | {step}/{count} batches"
        return f"{head} | loss {loss:5.2f} | ppl {loss:8.2f}"
    if kind == 6:
        # Long texts that nearly match are the slowest for a careless pattern.
        return random.choice(("a", "1", " ", "=", "1.", "a=", "|", "-", "a:", "[")) * random.choice(
            (10, 1000, 20_000)
        )
    if kind == 7:
        return values.text(random, 20)
    return json.dumps(values.document(random))
