"""Other names for everything of a campus that could be recognised: the same thing is called the same everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from probes.campus import Campus
from probes.kinds import AccessPoint, Attestation, Host, Radio
from probes.observation import Observation
from probes.text import Text, text
from reports.edition import Language
from reports.language import say
from reports.names import code_name

PREFIXED = ("place:", "uplink:", "log:", "service:", "camera:", "ap:")
"""How subjects of one thing begin; ports and safeguards stand under the device's bare id."""

ASKED = frozenset({"role", "records", "service-kind", "control", "marker"})
"""First words of subjects that name what is asked for and nobody's thing."""


@dataclass(frozen=True)
class Pseudonyms:
    """What stands for what.

    Attributes:
        ids: the inventory's ids, by the prefix of their subjects (devices have none) and the id.
        words: names, addresses and persons, each as it is written in full.
        ports: ``<device>:<ifName>`` → the port's other name.
    """

    ids: Mapping[tuple[str, str], str]
    words: Mapping[str, str]
    ports: Mapping[str, str]

    def subject(self, subject: str) -> str:
        """A subject under its other name; one that is not known keeps nothing of itself.

        What the rubric asks for (``role:firewall``, ``control:url_filter``, ``campus``) is nobody's name and stays.
        """
        prefix = next((one for one in PREFIXED if subject.startswith(one)), "")
        if prefix:
            return prefix + self.ids.get((prefix, subject.removeprefix(prefix)), "x")
        if subject == "campus" or subject.partition(":")[0] in ASKED:
            return subject
        if subject in self.ports:
            return self.ports[subject]
        return self.ids.get(("", subject), self.words.get(subject, "x"))


def pseudonyms(campus: Campus, observations: Iterable[Observation], language: Language) -> Pseudonyms:
    """Names by what things are, numbered in the inventory's order and then in that of the observations."""
    book = _Book(language)
    for device in campus.device:
        book.name("", device.id, "d", code_name(device.role), device.name, device.address)
    for place in campus.place:
        book.name("place:", place.id, "r", text("place"), place.name)
    for uplink in campus.uplink:
        book.name("uplink:", uplink.id, "u", text("uplink"), uplink.name)
    for source in campus.log_source:
        book.name("log:", source.id, "l", code_name(source.records[0]), source.name)
    for service in campus.service:
        book.name("service:", service.id, "s", code_name(service.what), service.name)
    for camera in campus.camera:
        book.name("camera:", camera.id, "c", code_name("camera"), camera.name)
    for waiver in campus.waiver:
        book.person(waiver.by)
    seen = sorted(observations, key=lambda one: (one.subject, one.taken_at, one.id))
    for one in seen:
        _observed(book, one)
    return Pseudonyms(book.ids, book.words, _ports(campus, seen, book))


def _observed(book: _Book, one: Observation) -> None:
    if isinstance(one.value, AccessPoint) or one.subject.startswith("ap:"):
        book.name("ap:", one.subject.removeprefix("ap:"), "a", text("access point"))
    elif isinstance(one.value, Host) or one.kind == "host":
        book.name("", one.subject, "h", text("terminal"))
    elif isinstance(one.value, Radio):
        book.word(one.value.ssid, text("wireless network"))
        book.word(one.value.bssid, text("radio"))
    elif isinstance(one.value, Attestation):
        book.person(one.value.by)
        for document in one.value.documents:
            book.word(document.name, text("document"))


class _Book:
    """Names as they are given, one after the other."""

    def __init__(self, language: Language) -> None:
        self.ids: dict[tuple[str, str], str] = {}
        self.words: dict[str, str] = {}
        self._language = language
        self._numbers: dict[str, int] = defaultdict(int)

    def name(self, prefix: str, id_: str, letter: str, what: Text, *words: str) -> None:
        """Another id and another name for something of the inventory or the network; what it was called leads there."""
        if (prefix, id_) in self.ids:
            return
        self.ids[prefix, id_] = f"{letter}{self._next(letter):03}"
        called = self._called(what)
        for word in words:
            if word:
                self.words.setdefault(word, called)
        self.words.setdefault(prefix + id_, called)
        self.words.setdefault(id_, called)

    def person(self, name: str) -> None:
        """Another name for a person."""
        self.word(name, text("person"))

    def word(self, word: str, what: Text) -> None:
        """Another name for a word that stands for something."""
        if word and word not in self.words:
            self.words[word] = self._called(what)

    def _called(self, what: Text) -> str:
        word = say(what, self._language)
        return f"{word} {self._next(word):02}"

    def _next(self, of: str) -> int:
        self._numbers[of] += 1
        return self._numbers[of]


def _ports(campus: Campus, seen: Sequence[Observation], book: _Book) -> dict[str, str]:
    """Every port that was seen or is named, numbered within its device."""
    devices = {device.id for device in campus.device}
    serving = [*(one.port for one in campus.place), *(one.port for one in campus.uplink)]
    named = [port for port in serving if port]
    ports: dict[str, str] = {}
    counted: dict[str, int] = defaultdict(int)
    for subject in (*(one.subject for one in seen), *named):
        device, colon, _ = subject.partition(":")
        if colon and device in devices and subject not in ports:
            counted[device] += 1
            ports[subject] = f"{book.ids['', device]}:p{counted[device]:03}"
    return ports
