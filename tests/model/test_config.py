from trackio_view.model.config import TOO_DEEP, config_text, flatten_config, json_text


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


def test_a_list_nested_too_deeply_to_be_written_says_so() -> None:
    nested: object = 1
    for _ in range(100_000):
        nested = [nested]
    assert flatten_config({"a": nested, "b": [1]}) == {"a": TOO_DEEP, "b": "[1]"}
    assert json_text(nested, indent=2) == TOO_DEEP
