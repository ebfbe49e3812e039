"""No value of any kind holds a number that is none, or has no end: one of them makes a whole map or median of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, nan
from typing import get_args

import pytest
from pydantic import ValidationError

from probes.kinds import KINDS, Radio, SurveyPoint
from probes.observation import Observation
from probes.values.base import Value
from tests.walked import AT, seen

RADIO = Radio(ssid="A", bssid="00:25:9e:12:30:00", band_ghz="5", channel=36, rssi_dbm=-60, own=True)


def numbers() -> Iterator[tuple[type[Value], str]]:
    """Every field of a kind that may hold a float."""
    for kind in dict.fromkeys(KINDS.values()):
        for name, told in kind.model_fields.items():
            if float in {told.annotation, *get_args(told.annotation), *map(_bare, get_args(told.annotation))}:
                yield kind, name


def _bare(annotation: object) -> object:
    return next(iter(get_args(annotation)), annotation)


@pytest.mark.parametrize("number", [nan, inf, -inf])
@pytest.mark.parametrize(("kind", "field"), [*numbers()])
def test_each_number_of_each_kind_is_finite(kind: type[Value], field: str, number: float) -> None:
    with pytest.raises(ValidationError) as caught:
        kind.model_validate({field: number})
    assert any(one["loc"][:1] == (field,) and one["type"] != "missing" for one in caught.value.errors())


def test_all_that_a_map_is_made_of_is_among_them() -> None:
    found = {(kind, field) for kind, field in numbers() if kind in {Radio, SurveyPoint}}
    assert {(Radio, "rssi_dbm"), (Radio, "quality_percent"), (Radio, "x_m"), (SurveyPoint, "y_m")} <= found


def test_a_line_of_a_bundle_with_such_a_number_is_refused() -> None:
    written = seen("place:A", RADIO, AT).model_dump(mode="json")
    assert Observation.model_validate(written).value == RADIO
    for broken in (written | {"duration_s": nan}, written | {"value": written["value"] | {"rssi_dbm": nan}}):
        with pytest.raises(ValidationError):
            Observation.model_validate(broken)
