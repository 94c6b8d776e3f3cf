"""Regular expressions that a person types: what they match, which are refused, and their cost."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.model.expression import Expression, ExpressionFault

# Python's own engine takes years for each, or minutes where time grows by a square or cube.
HOSTILE = [
    ("(a+)+$", "a" * 100_000 + "!"),
    ("(a|a)*b", "a" * 100_000),
    (r"(\w+\s?)*:$", "word " * 20_000 + "!"),
    (r"^(([a-z])+.)+[0-9]([a-z])+$", "a" * 100_000),
    ("(x+x+)+y", "x" * 100_000),
    (r".*.*.*.*=.*\d", "ö" * 100_000),
    ("(?:a?){30}a{30}b", "a" * 100_000),
    ("[^b]*[^c]*[^d]*!$", "a" * 100_000 + "?"),
]

HUNT = """
import sys
from trackio_view.model.expression import Expression
for source, text in eval(sys.stdin.read()):
    for ignore_case in (False, True):
        assert not Expression(source, ignore_case=ignore_case).found_in(text), source
"""


def test_hostile_expressions_end() -> None:
    # In a process of its own, because Python's engine could not be stopped from within.
    subprocess.run(
        [sys.executable, "-c", HUNT], input=repr(HOSTILE), text=True, check=True, timeout=60
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (r"(a)\1", r"backreferences such as \1 are refused"),
        ("(?P<n>a)(?P=n)", r"backreferences such as \1 are refused"),
        ("(a)?(?(1)b|c)", "conditions such as (?(1)a|b) are refused"),
        ("loss(?=$)", "lookaround such as (?=a) and (?<=a) is refused"),
        ("(?<=val/)loss", "lookaround such as (?=a) and (?<=a) is refused"),
        ("((a|(?!b)))", "lookaround such as (?!a) and (?<!a) is refused"),
        ("(?<!train/)loss", "lookaround such as (?!a) and (?<!a) is refused"),
        ("a{1001}", "more than 1,000 repetitions are refused"),
        ("a{2,4294967294}", "more than 1,000 repetitions are refused"),
        ("a{1000}{1000}", "multiple repeat"),
        ("(?:a{1000}){1000}", "this is too large"),
        ("(((a{100}){100}){100}){100}", "this is too large"),
        (r"(?:\w{100}){10}", "this is too large"),
        ("(?:a?){900}" * 5, "this is too large"),
        ("(" * 450 + "a" + ")" * 450, "this is too large"),
        ("a" * 1001, "more than 1,000 characters are refused"),
        ("[a", "unterminated character set"),
        ("a{2,1}", "min repeat greater than max repeat"),
    ],
)
def test_a_refused_pattern_is_told_with_the_reason(source: str, message: str) -> None:
    with pytest.raises(ExpressionFault) as raised:
        Expression(source)
    assert raised.value.message == message


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no such thing in this Python's language")
@pytest.mark.parametrize("source", ["(?>a+)b", "a*+b", "a{2,3}+"])
def test_possessive_and_atomic_patterns_are_refused(source: str) -> None:
    with pytest.raises(ExpressionFault, match=r"such as .* are refused"):
        Expression(source)


def test_a_fault_has_its_place() -> None:
    with pytest.raises(ExpressionFault, match="at position 2") as raised:
        Expression("ab(c")
    assert raised.value.position == 2


# Pieces of patterns and of texts that cover every rule of the translation into the other language.
# The known difference is `\b` beside letters outside of ASCII.
PIECES = r"""
a b A 1 é É _ - . / # \d \D \w \W \s \S ^ $ \A \Z \. \x41 \101 \u00e9 \n [ab] [^a] [^\W\d_] [\W1]
[^\s/] [\D] [a-é] []a] [^]^-] [\]-] { {2} {,2} {1,} * + ? *? +? ( (?: (?i: (?-i: (?s: (?m: (?a:
(?P<n> (?#c) ) ) ) |
"""
TEXTS = st.text(alphabet="abAB1_é É٣-/.\nxKsß\u2028☃\x1c", max_size=8)


@given(
    st.sampled_from(["", "(?i)", "(?m)", "(?s)", "(?x)"]),
    st.lists(st.sampled_from(PIECES.split()), min_size=1, max_size=8).map("".join),
    st.booleans(),
    st.lists(TEXTS, min_size=1, max_size=4),
)
def test_matches_are_those_of_pythons_own_engine(
    head: str, body: str, ignore_case: bool, texts: list[str]
) -> None:
    source = head + body
    expected, fault = in_python(source, ignore_case)
    try:
        found = Expression(source, ignore_case=ignore_case)
    except ExpressionFault as refusal:
        told = refusal
    else:
        assert expected is not None
        for text in texts:
            # A pattern behind the end may match the line break here.
            if "$" not in source or "\n" not in text:
                assert found.found_in(text) is (expected.search(text) is not None), text
        return
    assert "refused" in told.message or (told.message, told.position) == fault


def in_python(
    source: str, ignore_case: bool
) -> tuple[re.Pattern[str] | None, tuple[str, int | None]]:
    """Return the match of Python's own engine, or its error and the place of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(source, re.IGNORECASE if ignore_case else 0), ("", None)
        except re.error as error:
            return None, (error.msg, error.pos)


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        (r"\bloss\b", "gradé loss", True),
        (r"\bloss\b", "éloss", False),
        (r"(\w+)-(\d+)$", "größe-٣", True),
        (r"^(\w|-)+$", "größe-1", True),
        ("(GRÖSSE)+", "größse", False),
        (r"loss$|(acc)$", "train/loss\n", True),
        ("(a.c)+", "a\nc", False),
        ("(\ud800)", "a\ud800b", True),
        ("([^a])", "\ud800", True),
        ("(?x) (a b) # two", "ab", True),
        (r"(?a:(\w+))$", "é", False),
        (r"(?a:[^a]\W)+$", "éé", True),
        (r"(\N{SNOWMAN})", "☃", True),
        ("(?i)(?-i:A)b", "AB", True),
        ("(?i)(?-i:A)b", "aB", False),
        ("(?i:A)(b)", "ab", True),
        ("(?i:A)(b)", "aB", False),
    ],
)
def test_an_expression_finds_its_own_texts_alone(source: str, text: str, found: bool) -> None:
    assert Expression(source).found_in(text) is found


def test_plain_words_need_no_engine() -> None:
    script = (
        "import sys\nfrom trackio_view.model.expression import Expression\n"
        "for source in ('loss', '^train/', r'\\bloss$', 'a|b', 'val.loss', 'é'):\n"
        "    Expression(source, ignore_case=True).found_in('train/loss')\n"
        "assert 're2' not in sys.modules\n"
        "assert Expression('lo+s').found_in('train/loss')\n"
        "assert 're2' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.parametrize("flags", ["", "(?m)"])
def test_the_ends_of_texts_and_of_lines_are_pythons(flags: str) -> None:
    for place in ("^a", r"\Aa", "a$", r"a\Z", r"\ba", r"a\b", r"\Ba", r"a\B"):
        for text in ("a", "a\n", "a\n\n", "\na", "b\na\nb", "ab", "ba", "a b"):
            expected = re.search(flags + place, text) is not None
            assert Expression(flags + place).found_in(text) == expected, (place, text)
