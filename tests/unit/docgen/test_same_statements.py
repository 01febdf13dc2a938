"""bench.whole.pair: statements of two revisions of the contract that say the same."""

from __future__ import annotations

from bench.whole import pair
from maidenhair.docgen.traceability import Statement


def statements(*texts: str) -> list[Statement]:
    return [Statement(text, ()) for text in texts]


def texts(pairs: list[tuple[Statement, Statement]]) -> list[tuple[str, str]]:
    return [(one.says, other.says) for one, other in pairs]


def test_statements_with_other_words_are_one_pair():
    ours = statements("A Cluster needs at least one Compute.", "A deleted Cluster is gone.")
    theirs = statements("A deleted Cluster goes.", "A Cluster needs one Compute or more.")

    assert sorted(texts(pair([ours], [theirs]))) == [
        ("A Cluster needs at least one Compute.", "A Cluster needs one Compute or more."),
        ("A deleted Cluster is gone.", "A deleted Cluster goes."),
    ]


def test_a_statement_that_only_one_revision_has_is_in_no_pair():
    same = "A Cluster needs at least one Compute."
    ours, theirs = statements(same, "Quotas limit devices."), statements("Helm upgrades.", same)

    assert texts(pair([ours], [theirs])) == [(same, same)]


def test_the_more_alike_pair_is_taken_of_two():
    ours = statements("A pod waits for a device.", "A pod waits for a free device.")

    pairs = texts(pair([ours], [statements("A pod waits for a free device.")]))

    assert pairs == [("A pod waits for a free device.", "A pod waits for a free device.")]


def test_statements_of_different_parts_are_in_no_pair():
    same = statements("A pod waits for a device.")

    assert pair([same, []], [[], same]) == []
