"""What methods and built-in functions change, by name alone: the second half of the table in ``effects``."""

from __future__ import annotations

import re
from dataclasses import replace

from ipymlops.pipelines.effects import CONTAINER, ITERATOR, PURE, UNKNOWN, Effect

# Methods of tables, arrays, text, containers, estimators, paths and figures that leave their object as it was.
# ``inplace=True`` and ``out=`` are seen apart, at the call.
_PURE = """
    abs add_prefix add_suffix agg aggregate align all any apply applymap argmax argmin argsort asfreq asof assign astype
    at_time autocorr backfill between bfill bool capitalize casefold cat ceil center clip coalesce combine combine_first
    compare contains conj conjugate convert_dtypes copy corr corrwith count cov cummax cummin cumprod cumsum cut decode
    day_name describe diff difference dot drop drop_duplicates dropna dt duplicated encode endswith eq equals ewm
    expanding explode extract extractall factorize ffill fillna filter find findall first first_valid_index flatten
    floor floordiv format from_dict from_records fullmatch ge groupby gt head hex hist idxmax idxmin infer_objects info
    interpolate intersection is_monotonic is_unique isalnum isalpha isdecimal isdigit isdisjoint isin isfinite isinf
    islower isna isnull isnumeric isspace issubset issuperset istitle isupper item iterrows itertuples join keys kurt
    kurtosis last le len ljust lower lstrip lt mad map mask match max mean median melt memory_usage merge min mod mode
    month_name mul multiply nbytes ndim ne nlargest nonzero normalize notna notnull nsmallest nunique pad pct_change
    pipe pivot pivot_table plot pow prod product quantile query rank rdiv reindex rename rename_axis repeat replace
    resample reset_index rfind rjust rolling round rpartition rsplit rstrip rsub rtruediv searchsorted sem set_axis
    set_flags set_index shift skew slice sort_index sort_values split splitlines stack startswith std strftime strip
    style sub subtract sum swapcase swaplevel symmetric_difference tail take title to_clipboard to_csv to_datetime
    to_dict to_excel to_feather to_frame to_html to_json to_latex to_list to_markdown to_numpy to_parquet to_period
    to_pickle to_records to_sql to_string to_timestamp tolist tobytes total_seconds trace transform translate truediv
    truncate tz_convert tz_localize union unique unstack upper value_counts var where xs zfill
    as_unit asof_locs astimezone between_time case_when cumcount div divide droplevel from_arrow from_dict from_range
    get_dummies get_indexer get_indexer_for get_level_values get_loc identical index isascii last_valid_index
    list ngroup nth ohlc radd rdivmod reindex_like removeprefix removesuffix reorder_levels rfloordiv rindex rmod rmul
    rpow select_dtypes size slice_locs slice_replace struct to_flat_index to_hdf to_orc to_pydatetime to_stata to_xarray
    to_xml wrap argpartition byteswap choose compress dump tofile expandtabs format_map fromkeys isidentifier
    with_columns select group_by lazy collect sort_by to_pandas to_polars to_arrow to_series alias cast over
    predict predict_proba predict_log_proba decision_function score score_samples inverse_transform get_params apply
    get_feature_names_out get_support staged_predict staged_predict_proba kneighbors decision_path bic aic get_depth
    get_n_leaves get_n_splits get_metadata_routing
    exists is_file is_dir glob rglob resolve absolute with_suffix with_name with_stem joinpath relative_to stat as_posix
    as_uri cwd home is_absolute is_relative_to is_symlink iterdir lstat owner readlink samefile touch unlink rmdir
    ctime fromisoformat fromtimestamp isoweekday now strptime time timetuple today toordinal utcnow utcoffset
    expanduser read_text read_bytes mkdir write_text write_bytes groupdict span isoformat timestamp date weekday
    isocalendar most_common elements total bit_length is_integer pdf cdf ppf sf logpdf interval
    savefig set_title set_xlabel set_ylabel legend tight_layout add_subplot subplots imshow axhline axvline annotate
    set_xlim set_ylim set_xticks set_yticks grid tick_params bar barh boxplot scatter show
    violinplot fill_between pie errorbar hexbin hist2d hlines vlines text twinx twiny invert_xaxis invert_yaxis colorbar
    set_xticklabels set_yticklabels set_xscale set_yscale suptitle subplots_adjust contour contourf stem stackplot
    add_patch add_trace update_layout update_traces map_dataframe add_legend set_axis_labels despine encode properties
    interactive mark_bar mark_line mark_point mark_circle mark_area
    debug info warning error critical exception dumps getvalue readable seekable
"""
_MUTATING = """
    clear sort reverse remove discard popleft rotate fill itemset setflags partition
    set_params fit partial_fit set_output seed intersection_update difference_update symmetric_difference_update
    read readline readlines write writelines seek close send throw flush backward step load_state_dict eval
    train zero_grad requires_grad_ manual_seed fill_ zero_ add_ mul_ copy_ clamp_ normal_ uniform_
    __setitem__ __delitem__ __delattr__
"""
_STORING = "append extend appendleft extendleft add insert setdefault update __setattr__ put"
_HANDING_OUT = """
    get items values __getitem__ group groups
    parameters named_parameters children modules buffers state_dict detach numpy cpu to unsqueeze permute contiguous
"""
_VIEWS = "reshape ravel view squeeze transpose swapaxes diagonal get_group resize"
_PURE_BUILTINS = """
    abs all any ascii bin bool bytes callable chr complex dir divmod float format frozenset hash help hex id input int
    isinstance issubclass len oct ord pow print range repr round str sum type display breakpoint
    slice object property classmethod staticmethod super hasattr
"""


def _rows(names: str, effect: Effect) -> dict[str, Effect]:
    return dict.fromkeys(names.split(), effect)


METHODS: dict[str, Effect] = {
    **_rows(_PURE, PURE),
    **_rows(_MUTATING, Effect(receiver=True, result="receiver")),
    **_rows(_STORING, Effect(receiver=True, stores=True, result="holds")),
    **_rows(_HANDING_OUT, Effect(result="holds")),
    **_rows(_VIEWS, Effect(result="holds", kind="array")),
    **_rows("pop popitem __next__", Effect(receiver=True, result="holds")),
    **_rows("fit_transform fit_predict fit_resample", Effect(receiver=True, kind="array")),
    "resize": Effect(receiver=True),
    "to_sql": Effect(arguments=(1, "con")),
    "to_dict": Effect(kind="container"),
    "sample": Effect(draws=("numpy",), kind="frame"),
    "rvs": Effect(draws=("numpy",), kind="array"),
    "shuffle": Effect(receiver=True, arguments=(0,)),
}
BUILTINS: dict[str, Effect] = {
    **_rows(_PURE_BUILTINS, PURE),
    **_rows("list dict set tuple sorted bytearray __import__", CONTAINER),
    **_rows("zip map filter iter reversed enumerate open", ITERATOR),
    **_rows("getattr max min vars memoryview", Effect(result="holds")),
    "next": Effect(arguments=(0,), result="holds"),
    "setattr": Effect(arguments=(0,), stores=True),
    "delattr": Effect(arguments=(0,)),
    **_rows("exec eval", replace(UNKNOWN, opaque=True)),
    **_rows("globals locals", Effect(opaque=True)),
}


# What changes an estimator of scikit-learn: of its own methods, and those it may call of what it holds.
CHANGES_ESTIMATORS = re.compile(
    r"^(_|fit|partial_fit|set_|densify$|sparsify$|restrict$|(correct|reweight)_covariance$)"
)
# Using an estimator: whatever it holds is used too, and not fitted.
USES_ESTIMATORS = re.compile(
    r"^(predict|score|transform$|inverse_transform$|decision_|staged_|kneighbors|radius_neighbors|get_feature_names_out$)"
)
FITTING = re.compile(r"^(fit|partial_fit|set_|__init__$|__setattr__$|__setstate__$)")


def of_method(name: str) -> Effect:
    """The row of a method by its name; UNKNOWN where there is none."""
    return METHODS.get(name, UNKNOWN)


def of_builtin(name: str) -> Effect:
    """The row of a built-in function; exceptions and the like change nothing."""
    return BUILTINS.get(name, PURE)
