"""The values that NetworkManager translates, as its catalogues of 1.42 have them; the titles of columns it does not."""

from __future__ import annotations

YES = frozenset((
    "*", "yes", "是", "ja", "oui", "sí", "sì", "si", "sim", "òc", "da", "да", "tak", "так", "ano", "áno", "igen",
    "evet", "jes", "bai", "ya", "kyllä", "taip", "ναι", "はい", "예",
))  # fmt: skip
"""How a network is marked that the card is connected to."""

NO = frozenset((
    "no", "否", "nein", "non", "não", "nej", "nee", "ne", "nu", "не", "ні", "nie", "nem", "hayır", "ez", "tidak", "ei",
    "όχι", "нет", "いいえ", "아니요",
))  # fmt: skip

AMONG_STATIONS = frozenset((
    "Ad-Hoc", "Ad-hoc", "Ад-Хок", "Ad-Hok", "Porokaza", "Eseti", "アドホック", "애드혹", "点对点", "Mesh", "Malla",
    "Maschennetz", "Меш", "Сітка", "Isprepleteno", "Háló", "メッシュ", "메쉬", "Sieć kratowa", "Plasă", "网状",
))  # fmt: skip
"""Modes of what is no access point's."""

MODES = AMONG_STATIONS | frozenset((
    "Infra", "Infrastructure", "AP", "N/A", "N.V.", "N/D", "n/d", "Н/Д", "н/д", "不可用", "なし", "Υποδομή",
    "Kiépített", "インフラ", "인프라", "Infrastruktura", "Інфраструктура", "基础架构", "基础结构",
))  # fmt: skip
