"""What the firmware of an AMD card counts: work, energy, and the time it was held back."""

from __future__ import annotations

from tests.sources.gpu.amd.conftest import (
    CARD,
    DEVICE,
    blob,
    only_sample,
    only_sampler,
)
from trackio_view.sources.gpu.sampler import Tier


def test_the_load_that_firmware_counts_is_exact_for_the_interval(write_tree, clock) -> None:
    def metrics(work: int, steps: int) -> dict[str, object]:
        counters = {"work": ("I", 68, work), "steps": ("I", 32, steps)}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **counters)}

    root = write_tree({**CARD, **metrics((1 << 32) - 20_000, (1 << 32) - 500)})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.FAST)
    assert first.kernels is None
    assert "kernels" not in first.reasons
    # The counts are 1,000 steps with 43 percent of work each. Both begin anew in between.
    write_tree(metrics(23_000, 500))
    assert sampler.sample(Tier.FAST).kernels == 43.0
    assert sampler.sample(Tier.FAST).kernels is None
    assert only_sample(write_tree(CARD), clock).sm_busy is None


def test_the_time_that_a_card_was_held_back_by_cause(write_tree, clock) -> None:
    def metrics(steps: int, power: int, chip: int, memory: int) -> dict[str, object]:
        counts = {"steps": steps, "hot": 5, "power": power, "chip": chip, "vr": 0, "hbm": memory}
        places = dict(zip(counts, range(32, 56, 4), strict=True))
        table = {name: ("I", places[name], count) for name, count in counts.items()}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **table), f"{DEVICE}/pcie_replay_count": 3}

    root = write_tree({**CARD, **metrics(100, 10, 0, 0)})
    sampler = only_sampler(root, clock)
    assert sampler.sample(Tier.ALL).throttled_power is None
    write_tree(metrics(1100, 320, 50, 200))
    sample = sampler.sample(Tier.ALL)
    assert (sample.throttled_power, sample.throttled_heat) == (31.0, 20.0)
    assert (sample.throttled_hardware_heat, sample.pcie_replays) == (0.0, 3)


def test_energy_of_an_older_card_is_counted_while_it_is_watched(write_tree, clock) -> None:
    def metrics(count: int) -> dict[str, object]:
        return {f"{DEVICE}/gpu_metrics": blob((1, 3), energy=("Q", 24, count))}

    counts = [(1 << 32) - (3 << 16), 2 << 16, 7 << 16]
    root = write_tree({**CARD, **metrics(counts[0])})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL)
    assert first.energy is None
    assert "energy" not in first.reasons
    energies = []
    for count in counts[1:]:
        write_tree(metrics(count))
        sample = sampler.sample(Tier.ALL)
        energies.append((sample.energy, sample.measures["energy"]))
    assert energies == [(5.0, "since the watch began"), (10.0, "since the watch began")]


def test_energy_beyond_32_bits_and_of_newer_cards_is_all_of_it(write_tree, clock) -> None:
    wide = {**CARD, f"{DEVICE}/gpu_metrics": blob((1, 3), energy=("Q", 24, 70_000 << 16))}
    sample = only_sample(write_tree(wide), clock)
    assert (sample.energy, dict(sample.measures)) == (70_000.0, {})


def test_energy_that_grows_beyond_32_bits_is_all_of_it_from_then_on(write_tree, clock) -> None:
    def metrics(joules: int) -> dict[str, object]:
        return {f"{DEVICE}/gpu_metrics": blob((1, 3), energy=("Q", 24, joules << 16))}

    sampler = only_sampler(write_tree({**CARD, **metrics(65_000)}), clock)
    told = []
    for joules in (65_500, 66_000, 66_500):
        sampler.sample(Tier.ALL)
        write_tree(metrics(joules))
        sample = sampler.sample(Tier.ALL)
        told.append((sample.energy, sample.measures.get("energy")))
    assert told == [(500.0, "since the watch began"), (66_000.0, None), (66_500.0, None)]


def test_throttling_that_is_counted_shows_while_it_grows(write_tree, clock) -> None:
    def metrics(power: int) -> dict[str, object]:
        counters = {"a": ("I", 36, 5), "b": ("I", 40, power), "c": ("I", 48, 9)}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **counters)}

    root = write_tree({**CARD, **metrics(100)})
    sampler = only_sampler(root, clock)
    first = sampler.sample(Tier.ALL)
    assert first.throttle_reasons is None
    assert "throttle_reasons" not in first.reasons
    assert sampler.sample(Tier.ALL).throttle_reasons == ()
    write_tree(metrics(101))
    assert sampler.sample(Tier.ALL).throttle_reasons == ("power limit",)


def test_a_chip_that_was_reset_did_not_work_since(write_tree, clock) -> None:
    def metrics(work: int, steps: int, held: int) -> dict[str, object]:
        counts = {"work": ("I", 68, work), "steps": ("I", 32, steps), "power": ("I", 40, held)}
        return {f"{DEVICE}/gpu_metrics": blob((1, 6), **counts)}

    # Modulo 32 bits, the counts would have grown like those of a busy chip.
    root = write_tree({**CARD, **metrics(900_000_000, 9_000_000, 8_000_000)})
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    write_tree(metrics(5_000, 100, 0))
    sample = sampler.sample(Tier.ALL)
    assert (sample.kernels, sample.throttled_power) == (None, None)
    write_tree(metrics(15_000, 300, 50))
    sample = sampler.sample(Tier.ALL)
    assert (sample.kernels, sample.throttled_power) == (50.0, 25.0)


def test_energy_of_a_chip_that_was_reset_goes_on_from_there(write_tree, clock) -> None:
    def metrics(joules: int) -> dict[str, object]:
        return {f"{DEVICE}/gpu_metrics": blob((1, 3), energy=("Q", 24, joules << 16))}

    root = write_tree({**CARD, **metrics(1_000)})
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    energies = []
    for joules in (1_200, 40, 65):
        write_tree(metrics(joules))
        energies.append(sampler.sample(Tier.ALL).energy)
    assert energies == [200.0, 240.0, 265.0]


def test_a_link_that_comes_up_brings_no_rate_of_all_that_it_ever_transferred(
    write_tree, clock
) -> None:
    def metrics(*kilobytes: int) -> dict[str, object]:
        counts = {f"link{n}": ("Q", 104 + 8 * n, count) for n, count in enumerate(kilobytes)}
        table = blob((1, 4), width=("H", 52, 16), **counts)
        return {f"{DEVICE}/gpu_metrics": table}

    absent = (1 << 64) - 1
    root = write_tree({**CARD, **metrics(1_000, absent)})
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    rates = []
    leap = (1 << 60, 7_000_001_100)
    for kilobytes in ((1_500, 7_000_000_000), (1_600, 7_000_000_300), (10, 7_000_000_700), leap):
        clock.advance(1.0)
        write_tree(metrics(*kilobytes))
        rates.append(sampler.sample(Tier.ALL).xgmi_read)
    assert rates == [500 * 1024, 400 * 1024, 400 * 1024, 400 * 1024]


def test_parts_that_were_below_their_clock_say_why(write_tree, clock) -> None:
    parts = 344  # bytes before the tables of the parts, of 440 bytes each

    def metrics(power: int, heat: int, count: int = 2) -> dict[str, object]:
        places = {
            "count": ("H", 338, count),
            "power": ("Q", parts + 440 + 184 + 8, power),
            "heat": ("Q", parts + 248, heat),
        }
        return {f"{DEVICE}/gpu_metrics": blob((1, 8), **places)}

    root = write_tree({**CARD, **metrics(5, 9)})
    sampler = only_sampler(root, clock)
    sampler.sample(Tier.ALL)
    reasons = []
    for table in (metrics(6, 9), metrics(6, 12), metrics(6, 12, count=1), metrics(9, 12)):
        write_tree(table)
        reasons.append(sampler.sample(Tier.ALL).throttle_reasons)
    # A part that comes back brings its earlier counts, which are not from now.
    assert reasons == [("power limit",), ("temperature",), (), ()]
