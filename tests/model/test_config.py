from trackio_view.model.config import config_text, flatten_config


def test_nested_keys_are_joined_and_trackios_own_left_out() -> None:
    config = {
        "_Group": "g",
        "lr": 0.1,
        "model": {"depth": 2, "_x": {"y": None}},
        "a": [1, {"b": 2}],
    }
    assert flatten_config(config) == {
        "lr": 0.1,
        "model.depth": 2,
        "model._x.y": None,
        "a": '[1, {"b": 2}]',
    }


def test_empty_and_absent() -> None:
    assert flatten_config(None) == {}
    assert flatten_config({}) == {}
    assert flatten_config({"optimizer": {}}) == {"optimizer": "{}"}


def test_a_config_nested_beyond_reason_ends() -> None:
    config: dict[str, object] = {"end": 1}
    for _ in range(500):
        config = {"k": config}
    (key,) = flatten_config(config)
    assert key.count(".") == 32


def test_texts() -> None:
    assert [config_text(it) for it in (None, True, 0.001, 7, "x")] == [
        "null",
        "true",
        "0.001",
        "7",
        "x",
    ]
