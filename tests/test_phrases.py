"""One or several, ``a`` or ``an``, and names one after another: tables of cases."""

from __future__ import annotations

import pytest

from ipymlops import phrases


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (4000, "4,000 rows"), (-1, "-1 rows")]
)
def test_a_number_of_something(n: int, said: str) -> None:
    assert phrases.count(n, "row") == said


def test_a_plural_of_its_own_and_a_verb() -> None:
    assert [phrases.count(n, "category", "categories") for n in (1, 2)] == ["1 category", "2 categories"]
    assert [phrases.numbered(n, "has", "have") for n in (1, 2)] == ["has", "have"]


ARTICLES = {
    "a": ["table", "DataFrame", "unit", "UserModel", "uint8", "boolean", "Series", "Pipeline", "TFModel"],
    "an": ["int", "object", "integer", "OrderedDict", "XGBClassifier", "LGBMRegressor", "SVC",
           "MLPClassifier", "item"],
}  # fmt: skip


@pytest.mark.parametrize(("article", "noun"), [(a, noun) for a, nouns in ARTICLES.items() for noun in nouns])
def test_an_article_is_that_of_the_spoken_word(article: str, noun: str) -> None:
    assert phrases.a(noun) == f"{article} {noun}"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b, c and d"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
        ([str(n) for n in range(2000)], "0, 1, 2 and 1,997 more"),
    ],
)
def test_names(names: list[str], said: str) -> None:
    assert phrases.listed(names) == said
