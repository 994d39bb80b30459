"""The MIME bundle: keys, versions, and the picture that everything else shows."""

from __future__ import annotations

import builtins
import dataclasses
import json
import re
import struct
import zlib
from typing import Any

import altair as alt
import numpy as np
import pytest

from ipymlops.views.charts.bundle import SCHEMA, VEGALITE_MIME, mime_bundle, packed, specification, still
from ipymlops.views.charts.drift import drift_charts
from ipymlops.views.charts.png import png_size, squeezed
from ipymlops.views.charts.svg import pictures
from ipymlops.views.table import charts


@pytest.fixture
def chart(made: dict[str, Any]) -> Any:
    return charts(made["comparison better"])[0]


@pytest.fixture
def no_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **more: Any) -> Any:
        if name == "vl_convert":
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)


def test_the_bundle(chart: Any) -> None:
    data, metadata = mime_bundle(chart)
    assert set(data) == {VEGALITE_MIME, "image/png", "text/plain"}
    assert data[VEGALITE_MIME]["$schema"] == SCHEMA == "https://vega.github.io/schema/vega-lite/v5.json"
    assert json.loads(json.dumps(data[VEGALITE_MIME], allow_nan=False)) == data[VEGALITE_MIME]
    width, height = png_size(data["image/png"])
    assert metadata == {"image/png": {"width": width // 2, "height": height // 2}}


@pytest.mark.parametrize("character", ["\0", "\x1b", "\ufffe", "\uffff", "\ud800", '"', "\\", "\n"])
def test_no_character_in_a_name_can_break_the_converter(made: dict[str, Any], character: str) -> None:
    """A subprocess would only say that it died; the specification is what must be clean."""
    report, evaluation = made["drift"], made["binary"]
    column = dataclasses.replace(report.columns[0], column=f"a{character}b")
    positive = dataclasses.replace(evaluation, positive=f"a{character}b", classes=(f"a{character}b", "b"))
    drawn = [*charts(dataclasses.replace(report, columns=(column,))), *charts(positive)]
    for chart in drawn:
        text = json.dumps(specification(chart), ensure_ascii=False)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", text)
        assert pictures(chart, "a")


@pytest.mark.usefixtures("no_converter")
def test_without_the_converter_the_specification_stands_alone(chart: Any) -> None:
    data, metadata = mime_bundle(chart)
    assert set(data) == {VEGALITE_MIME, "text/plain"}
    assert metadata == {}
    assert pictures(chart, "a") is None


def test_live_charts_leave_colours_to_the_host_whatever_theme_is_enabled(chart: Any) -> None:
    plain = specification(chart)
    with alt.theme.enable("dark"):
        assert specification(chart) == plain
    assert plain["background"] == "transparent"
    assert not {"color", "subtitleColor"} & set(plain["title"])
    assert "labelColor" not in plain["config"]["axis"]


def test_the_picture_is_on_white_and_smaller_with_the_same_pixels(chart: Any) -> None:
    import vl_convert

    white = {**specification(chart), "background": "white"}
    raw = vl_convert.vegalite_to_png(white, vl_version="5.8", scale=1)
    small = squeezed(raw)
    assert len(small) < len(raw) / 2
    pixels = _pixels(small)
    assert pixels.shape == (*png_size(raw)[::-1], 3)
    assert (pixels[0, 0] == 255).all()
    assert (pixels == _pixels(raw)).all()


def test_a_picture_of_another_kind_is_left_alone() -> None:
    rows = zlib.compress(b"\0\0")
    grey = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">II5B", 1, 1, 8, 0, 0, 0, 0)) + _chunk(b"IDAT", rows)
    assert squeezed(grey) == grey


def test_svg_takes_the_colour_of_the_page_and_keeps_its_identifiers_apart(chart: Any) -> None:
    [picture] = pictures(chart, "c7") or []
    svg = picture.svg
    assert svg.startswith('<svg role="img" aria-label="Difference of credit-risk@2 to credit-risk@1"')
    assert "currentColor" in svg
    assert 'fill="#000"' not in svg
    assert svg.count("aria-") == 1


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _pixels(picture: bytes) -> Any:
    """RGB of the two kinds that occur here: RGBA with Sub rows, RGB with plain rows."""
    width, height = png_size(picture)
    depth = 4 if picture[25] == 6 else 3
    packed, at = b"", 8
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        packed += picture[at + 8 : at + 8 + length] if picture[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + depth * width)
    body = rows[:, 1:].reshape(height, width, depth)
    return (np.cumsum(body, axis=1, dtype=np.uint8) if rows[0, 0] == 1 else body)[..., :3]


@pytest.mark.parametrize("name", ["binary", "drift", "costs", "history"])
def test_rows_as_one_text_draw_the_same_picture(made: dict[str, Any], name: str) -> None:
    vl_convert = pytest.importorskip("vl_convert")
    for chart in charts(made[name]):
        spec = specification(chart)
        small = packed(spec)
        assert len(json.dumps(small, indent=1)) < len(json.dumps(spec, indent=1))
        plain, other = (vl_convert.vegalite_to_svg(s, vl_version="5.8") for s in (spec, small))
        assert re.sub(r"clip\d+|gradient_\d+", "", plain) == re.sub(r"clip\d+|gradient_\d+", "", other)


def test_a_picture_leaves_out_what_answers_a_click(made: dict[str, Any]) -> None:
    spec = specification(drift_charts(made["drift"])[0])
    assert "picked_column" in json.dumps(spec)
    drawn = json.dumps(still(spec))
    assert "picked_column" not in drawn
    assert "Click" not in drawn
    assert "effect, in multiples of its threshold" in drawn
    assert still(still(spec)) == still(spec)
