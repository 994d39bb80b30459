"""Where NumPy's functions and methods take the array that their result is written into.

``out=`` by its name is seen at the call. By position it is the argument after those that a function must have, which
only this table tells; tests/pipelines/test_effects.py holds it against the installed NumPy.
"""

from __future__ import annotations

_PLACES = {
    1: """
        abs absolute acos acosh arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh bitwise_count
        bitwise_invert bitwise_not cbrt ceil conj conjugate cos cosh deg2rad degrees exp exp2 expm1 fabs fix floor frexp
        invert isfinite isinf isnan isnat isneginf isposinf log log10 log1p log2 logical_not modf negative positive
        rad2deg radians reciprocal rint sign signbit sin sinh spacing sqrt square tan tanh trunc
        isalnum isalpha isdecimal isdigit islower isnumeric isspace istitle isupper str_len
    """,
    2: """
        add all amax amin any arctan2 argmax argmin around atan2 bitwise_and bitwise_left_shift bitwise_or
        bitwise_right_shift bitwise_xor choose concat concatenate copysign divide divmod dot equal float_power
        floor_divide fmax fmin fmod gcd greater greater_equal heaviside hypot lcm ldexp left_shift less less_equal
        logaddexp logaddexp2 logical_and logical_or logical_xor matmul matvec max maximum median min minimum mod
        multiply nanargmax nanargmin nanmax nanmedian nanmin nextafter not_equal outer pow power ptp remainder
        right_shift round round_ stack subtract true_divide vecdot vecmat
    """,
    3: """
        clip compress cumprod cumsum mean nancumprod nancumsum nanmean nanpercentile nanprod nanquantile nanstd nansum
        nanvar percentile prod product quantile std sum take var
        accumulate reduce
    """,
    4: "fft fft2 fftn hfft ifft ifft2 ifftn ihfft irfft irfft2 irfftn is_busday reduceat rfft rfft2 rfftn",
    5: "busday_count trace",
    6: "busday_offset",
}
# By the last name of the function: numpy.ma, numpy.char and numpy.strings take it there too, or later.
FUNCTIONS = {name: place for place, names in _PLACES.items() for name in names.split()}
# Of these an array has a method, whose receiver is one of the arguments; the rest are of generators.
_OF_ARRAYS = "all any argmax argmin choose clip compress cumprod cumsum dot max mean min prod ptp round std sum take"
METHODS = {name: FUNCTIONS[name] - 1 for name in f"{_OF_ARRAYS} trace var".split()} | {
    "permuted": 2,
    "random": 2,
    "standard_normal": 2,
    "standard_exponential": 3,
    "standard_gamma": 3,
}
# The argument that says that the first one may be written over.
OVERWRITES = {
    "nan_to_num": 1,
    "median": 3,
    "nanmedian": 3,
    "percentile": 4,
    "quantile": 4,
    "nanpercentile": 4,
    "nanquantile": 4,
}


def outputs_from(path: str, method: str) -> int | None:
    """The position from which on the arguments of a call are written into; None where there is none."""
    if path.startswith("numpy."):
        return FUNCTIONS.get(path.rpartition(".")[2])
    if path.startswith("scipy.special."):
        return 1  # most are ufuncs of one argument, and the others take theirs later
    return METHODS.get(method)


def may_overwrite(path: str, positional: int) -> bool:
    """Whether so many positional arguments tell a function of NumPy that it may write over the first."""
    place = OVERWRITES.get(path.rpartition(".")[2]) if path.startswith("numpy.") else None
    return place is not None and positional > place
