"""The maps in the report: their areas in words, three states told apart without colour, bounded, nameless for print."""

from __future__ import annotations

import re

from probes.kinds import FloorPlan
from probes.observation import Method, Observation, Status
from reports.edition import Edition, Language
from reports.html import render
from reports.redaction import redacted
from tests import walked
from tests.editions import Log, edition_of
from tests.world import campus

EVIL = '"><script>alert(1)</script>'


def edition(language: Language = "en", *, listed: bool = True, name: str = "A 楼二层") -> Edition:
    floor, log = walked.walked_floor(), Log()
    tables = walked.tables(floor, listed=listed)
    tables["floor"][0]["name"] = name
    log.observations += walked.survey_of(floor)
    (picture,) = log.keep(b"\x89PNG not shown by this test")
    value = FloorPlan(picture=picture, media_type="image/png", width_px=960, height_px=400, width_m=48, height_m=20)
    log.observations.append(
        Observation(kind="floor_plan", subject="floor:A2", status=Status.OK, taken_at=walked.AT, duration_s=0,
                    probe="floor_plans", vantage="x", method=Method.READ, raw=(picture,), value=value).sealed()
    )  # fmt: skip
    return edition_of(log, campus(**tables), language, None)


def maps(page: str) -> list[str]:
    return re.findall(r'<svg[^>]*class="floor".*?</svg>', page, re.DOTALL)


def test_each_band_has_a_map_with_three_states_points_and_scale() -> None:
    page = render(edition())
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


def test_without_positions_of_access_points_the_map_is_drawn_all_the_same() -> None:
    page = render(edition("zh", listed=False))
    assert len(maps(page)) == 3
    assert "无线覆盖图" in page


def test_what_is_published_has_the_map_and_no_name_or_picture() -> None:
    page = render(redacted(edition("zh")))
    assert len(maps(page)) == 3
    for secret in ("A 楼", "教室 R01", "ap-1", "data:image/png", "00:25:9e", "SYZX-Class"):
        assert secret not in page
    inside, outside = (re.findall(r">(-\d+)</text>", one) for one in (render(edition("zh")), page))
    assert inside == outside


def test_names_are_text_and_never_markup() -> None:
    page = render(edition(name=EVIL))
    assert "<script>alert" not in page
