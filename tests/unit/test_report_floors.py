"""The maps in the report: their areas in words, three states told apart without colour, bounded, nameless for print."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from probes.kinds import AccessPoint, Radio, SurveyPoint
from reports.html import render
from reports.redaction import redacted
from tests.walked import walked_edition

EVIL = '"><script>alert(1)</script>'


def maps(page: str) -> list[str]:
    return re.findall(r'<svg[^>]*class="floor".*?</svg>', page, re.DOTALL)


def test_each_band_has_a_map_with_three_states_points_and_scale() -> None:
    page = render(walked_edition())
    drawn = maps(page)
    assert len(drawn) == 3  # the strongest, 2.4 and 5 GHz
    for one in drawn:
        assert 'class="met"' in one or 'class="unmet"' in one
        assert 'class="unsure"' in one
        assert "error at points left out" in one
        assert re.search(r">\d+ m</text>", one)
        assert len(one.encode()) < 100_000
    assert sum(one.count("data:image/png;base64,") for one in drawn) == 1
    assert drawn[1].count('<use href="#plan-1"/>') == 1
    assert re.search(r"A 楼二层: of 960 m², \d+ m² \(\d+%\) are met", page)
    assert re.search(r"\d+ points, the last of 2026-11-20, error at points left out", page)


def test_without_positions_of_access_points_the_map_is_drawn_all_the_same() -> None:
    page = render(walked_edition("zh", listed=False))
    assert len(maps(page)) == 3
    assert "无线覆盖图" in page


def test_what_is_published_has_the_map_and_no_name_or_picture() -> None:
    page = render(redacted(walked_edition("zh")))
    assert len(maps(page)) == 3
    for secret in ("A 楼", "教室 R01", "ap-1", "data:image/png", "00:25:9e", "SYZX-Class"):
        assert secret not in page
    told = render(walked_edition("zh"))
    inside, outside = (re.findall(r">(-\d+)</text>", one) for one in (told, page))
    assert inside == outside
    # The names of radios make no difference: published is what was decided with them.
    areas = (re.findall(r'<path d="([^"]+)" class="(met|unmet|unsure)"', one) for one in (told, page))
    assert next(areas) == next(areas) != []


@pytest.mark.parametrize(("days", "online", "gone"), [(1, False, True), (1, True, False), (-1, False, False)])
@pytest.mark.parametrize("published", [False, True], ids=["internal", "published"])
def test_an_access_point_that_has_gone_since_the_walk_stands_on_its_head_and_is_named(
    *, days: int, online: bool, gone: bool, published: bool
) -> None:
    edition = walked_edition(fallen=AccessPoint(controller="ac-1", online=online), days=days)
    page = render(redacted(edition) if published else edition)
    name = "a001" if published else "ap-2"
    marks = re.findall(r'<path d="M\S+ \S+l9-15h-18z" class="ap gone"><title>(.*?)</title>', page)
    assert marks == [name] * 3 * gone
    assert (f"these access points have gone: {name}. Around them" in page) == gone
    assert ('class="key gonekey"' in page) == gone


def test_names_are_text_and_never_markup() -> None:
    page = render(walked_edition(name=EVIL))
    assert "<script>alert" not in page


def test_points_beyond_the_floor_are_counted_and_not_silently_lost() -> None:
    edition = walked_edition()
    assessment = edition.assessment
    pixels = {  # who reads positions off the picture has twenty times too much
        id_: one.model_copy(update={"value": one.value.model_copy(update={"x_m": one.value.x_m * 20 + 60})})
        if isinstance(one.value, Radio | SurveyPoint) and one.value.x_m is not None else one
        for id_, one in assessment.observations.items()
    }  # fmt: skip
    beyond = sum(isinstance(one.value, SurveyPoint) for one in pixels.values())
    page = render(replace(edition, assessment=replace(assessment, observations=pixels)))
    assert f"A 楼二层: {beyond} points lie outside of its 48 by 20 m and are left out" in page
    assert not maps(page)
