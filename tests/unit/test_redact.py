"""Secrets are struck out of everything that is kept, and nothing else is."""

from __future__ import annotations

import pytest

from auditor.redact import Redactor
from probes.text import plain, text
from tests.unit.test_bundle import port


def redactor(*secrets: str) -> Redactor:
    made = Redactor()
    for secret in secrets:
        made.learn(secret)
    return made


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("snmp-agent community read cipher %^%#abc%^%#", "snmp-agent community read cipher ******"),
        ("snmp-server community s3cret ro", "snmp-server community ****** ro"),
        (
            " local-user admin password irreversible-cipher $1a$xyz",
            " local-user admin password irreversible-cipher ******",
        ),
        ("enable secret 5 $1$abc$def", "enable secret 5 ******"),
        ("set passwd ENC AAAbbb==", "set passwd ENC ******"),
        ("password=hunter2 user=admin", "password=****** user=admin"),
        ("interface GigabitEthernet0/0/1", "interface GigabitEthernet0/0/1"),
    ],
)
def test_what_a_configuration_prints_after_a_telling_word_is_struck(line: str, kept: str) -> None:
    assert redactor().raw(line.encode()).decode() == kept


def test_known_secrets_are_struck_wherever_they_stand() -> None:
    assert redactor("Sch00l").raw(b"echo Sch00l and xSch00ly") == b"echo ****** and x******y"


def test_bytes_that_are_no_text_survive() -> None:
    assert redactor("Sch00l").raw(b"\xff\xfe Sch00l \x80") == b"\xff\xfe ****** \x80"


def test_an_observation_keeps_its_names_and_closed_words() -> None:
    clean = redactor("core", "full").observation(port("core:ge1", duplex="full", alias="to core, full"))
    assert clean.subject == "core:ge1"
    assert clean.value is not None
    assert clean.value.model_dump(include={"duplex", "alias"}) == {"duplex": "full", "alias": "to ******, ******"}


def test_an_observation_without_secrets_is_left_alone() -> None:
    one = port("sw:1", alias="教学楼")
    assert redactor("Sch00l").observation(one) is one


def test_a_sentence_loses_the_secret_from_its_values_and_keeps_its_words() -> None:
    told = plain(text("key {key} is too short", key="short"))
    failed = port("sw").model_copy(update={"detail": "key short is too short", "told": told})
    clean = redactor("short").observation(failed)
    assert clean.detail == "key ****** is too short"
    assert clean.told == {"template": "key {key} is too short", "params": {"key": "******"}}
