"""How groups are treated: the gaps in words, and every figure of every group."""

from __future__ import annotations

from ipymlops.evaluation.results import Estimate, Evaluation, Fairness, Gap
from ipymlops.views import words
from ipymlops.views.card import Badge, Cell, Fold, Grid, Lines, Reference, fold, headings


def fairness_warnings(result: Evaluation) -> tuple[str, ...]:
    """One sentence for each column that was named."""
    return tuple(gaps_in_words(f) for f in result.fairness)


def gaps_in_words(found: Fairness) -> str:
    """``By sex: recall is higher for m (240 rows) than for f (158) by 0.300 (0.104 to 0.466).``, or that no gap is
    certain. The rows are those that the figure counts: of recall, the positives."""
    if not found.gaps:
        return f"By {found.column}: cannot tell, fewer than two groups have {found.fewest} rows that count."
    if not found.certain:
        return f"By {found.column}: no gap between groups is certain ({words.level(found.level)})."
    said = "; ".join(_gap(gap) for gap in found.certain)
    return words.stopped(f"By {found.column}: {said}")


def fairness_folds(result: Evaluation) -> tuple[Fold, ...]:
    """For each column its gaps and its groups."""
    return tuple(
        part
        for f in result.fairness
        for part in fold(f"Groups of {f.column}", _gap_grid(f), _group_grid(f), Lines(_how(f)), open=True)
    )


def too_small(found: Fairness) -> tuple[str, ...]:
    """The groups of which some figure counts too few rows, with these figures."""
    said = []
    for g in found.groups:
        few = [words.metric(e.name) for e in g.figures if e.n_rows < found.fewest]
        if few:
            said.append(f"{g.group} ({words.count(g.n_rows, 'row')}): {words.listed(few, 4)}")
    return tuple(said)


def _gap(gap: Gap) -> str:
    interval = words.interval(gap.difference, gap.low, gap.high, gap.unit)
    name = words.metric(gap.metric)
    if not gap.highest_rows:
        return f"{name} is higher for {gap.highest} than for {gap.lowest} by {interval}"
    highest = f"{gap.highest} ({words.count(gap.highest_rows, 'row')})"
    return f"{name} is higher for {highest} than for {gap.lowest} ({gap.lowest_rows:,}) by {interval}"


def _gap_grid(found: Fairness) -> Grid:
    return Grid(
        f"Gaps between the groups of {found.column}",
        headings("figure", "highest", "#rows", "lowest", "#rows", "#gap", "certain?"),
        tuple(_gap_row(gap) for gap in found.gaps),
    )


def _gap_row(gap: Gap) -> tuple[Cell, ...]:
    interval = words.interval(gap.difference, gap.low, gap.high, gap.unit)
    badge = Badge("fail", "gap") if gap.certain else Badge("cannot tell", "not certain")
    high, low = (f"{n:,}" if n else words.NOTHING for n in (gap.highest_rows, gap.lowest_rows))
    return (words.metric(gap.metric), Reference(gap.highest), high, Reference(gap.lowest), low, interval, badge)


def _group_grid(found: Fairness) -> Grid:
    names = [words.metric(e.name) for e in found.groups[0].figures] if found.groups else []
    return Grid(
        f"Figures by group, with {words.level(found.level)} intervals",
        headings(found.column.removeprefix("#"), "#rows", *(f"#{name}" for name in names)),
        tuple(
            (Reference(g.group), f"{g.n_rows:,}", *(_figure(e, found.fewest) for e in g.figures)) for g in found.groups
        ),
    )


def _figure(e: Estimate, fewest: int) -> str:
    """With the rows that it counts, which are not all of the group: of recall, its positives."""
    return (
        f"{words.interval(e.value, e.low, e.high)}, n {e.n_rows:,}" if e.n_rows >= fewest else f"too few ({e.n_rows})"
    )


def _how(found: Fairness) -> tuple[str, ...]:
    small = too_small(found)
    few = f"Too small to say anything (fewer than {found.fewest} rows count): {'; '.join(small)}." if small else ""
    level = words.level(found.level)
    return (*([few] if few else []), f"Intervals of gaps hold at {level} for all figures and pairs of groups at once.")
