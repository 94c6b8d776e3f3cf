from trackio_view.model.text_entry import edited


def test_letters_spaces_and_backspace_edit_and_other_keys_do_not() -> None:
    text = ""
    for key in ("l", "r", "space", "é", "up", "f5", "backspace", "x"):
        text = edited(text, key)
    assert text == "lr x"
    assert edited("", "backspace") == ""
