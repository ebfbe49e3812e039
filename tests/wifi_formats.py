"""Lists of networks written as the systems write them, for parsers to read: invented networks, real forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Air:
    """One network in the air."""

    ssid: str
    bssid: str
    band: str
    channel: int
    percent: int
    security: str
    stations: int | None = None
    used: int = 0


LABELS = {
    "en": (
        "Interface name|There are {n} networks currently visible.|Network type|Infrastructure|Authentication|Encryption"
        "|Signal|Radio type|Band|Channel|Bss Load|Connected Stations|Channel Utilization|Medium Available Capacity"
        "|Basic rates (Mbps)"
    ),
    "zh": (
        "接口名称|当前有 {n} 个网络可见。|Network type|结构|身份验证|加密|信号|无线电类型|波段|频道"
        "|Bss 负载|连接的工作站|频道使用率|中等可用容量|基本速率(Mbps)"
    ),
    "zh-new": (
        "接口名称|当前有 {n} 个网络可见。|网络类型|基础结构|身份验证|加密|信号|无线类型|频带|通道"
        "|BSS 加载|已连接的工作站|信道利用率|可用介质容量|基本速率(Mbps)"
    ),
    "ja": (
        "インターフェイス名|現在 {n} のネットワークが表示されています。|種類|インフラストラクチャ|認証|暗号化"
        "|シグナル|無線の種類|帯域|チャネル|BSS 負荷|ステーション|チャネル使用率|容量|基本レート (Mbps)"
    ),
}
SECURITIES = {
    "en": {"open": ("Open", "None"), "WEP": ("Open", "WEP"), "WPA-PSK+TKIP": ("WPA-Personal", "TKIP"),
           "WPA2-PSK": ("WPA2-Personal", "CCMP"), "WPA2-802.1X": ("WPA2-Enterprise", "CCMP"),
           "WPA3-SAE": ("WPA3-Personal", "CCMP"), "WPA3-802.1X": ("WPA3-Enterprise 192 Bits", "GCMP-256"),
           "OWE": ("OWE", "CCMP")},
    "zh": {"open": ("开放式", "无"), "WEP": ("开放式", "WEP"), "WPA-PSK+TKIP": ("WPA - 个人", "TKIP"),
           "WPA2-PSK": ("WPA2 - 个人", "CCMP"), "WPA2-802.1X": ("WPA2 - 企业", "CCMP"),
           "WPA3-SAE": ("WPA3 - 个人", "CCMP"), "WPA3-802.1X": ("WPA3 - 企业 192 位", "GCMP-256"),
           "OWE": ("OWE", "CCMP")},
    "ja": {"open": ("オープン", "なし"), "WEP": ("オープン", "WEP"), "WPA-PSK+TKIP": ("WPA-パーソナル", "TKIP"),
           "WPA2-PSK": ("WPA2-パーソナル", "CCMP"), "WPA2-802.1X": ("WPA2-エンタープライズ", "CCMP"),
           "WPA3-SAE": ("WPA3-パーソナル", "CCMP"), "WPA3-802.1X": ("WPA3-エンタープライズ", "GCMP-256"),
           "OWE": ("OWE", "CCMP")},
}  # fmt: skip
SECURITIES["zh-new"] = {**SECURITIES["zh"], "WPA2-PSK": ("WPA2-个人", "CCMP"), "open": ("开放", "无")}


def netsh(networks: Sequence[Air], language: str, *, bands: bool = True, colon: str = " : ") -> str:
    """``netsh wlan show networks mode=bssid`` with networks of one name below one another, as Windows prints it."""
    label, said = LABELS[language].split("|"), SECURITIES[language]
    lines = ["", f"{label[0]}{colon}WLAN ", label[1].format(n=len(networks)), ""]
    names = list(dict.fromkeys((one.ssid, one.security) for one in networks))
    for number, (ssid, security) in enumerate(names, 1):
        authentication, cipher = said[security]
        lines += [f"SSID {number}{colon}{ssid}", f"    {label[2]:<22}{colon}{label[3]}",
                  f"    {label[4]:<22}{colon}{authentication}", f"    {label[5]:<22}{colon}{cipher} "]  # fmt: skip
        own = [one for one in networks if (one.ssid, one.security) == (ssid, security)]
        for at, one in enumerate(own, 1):
            lines += [f"    BSSID {at}                 {colon}{one.bssid}",
                      f"         {label[6]:<19}{colon}{one.percent}%  ",
                      f"         {label[7]:<19}{colon}802.11ax"]  # fmt: skip
            lines += [f"         {label[8]:<19}{colon}{one.band} GHz "] if bands else []
            lines += [f"         {label[9]:<19}{colon}{one.channel} "]
            if one.stations is not None:
                lines += [f"         {label[10]}{colon.rstrip()}",
                          f"             {label[11]}{colon}        {one.stations}",
                          f"             {label[12]}{colon}        {one.used} ({one.used * 100 // 255} %)",
                          f"             {label[13]}{colon}  0 (0 us/s)"]  # fmt: skip
            lines += [f"         {label[14]}{colon}1 2 5.5 11"]
        lines.append("")
    return "\r\n".join(lines) + "\r\n"


IW = """\
BSS 00:25:9e:12:30:a0(on wlp2s0) -- associated
\tlast seen: 8811.120s [boottime]
\tTSF: 1795444296457852 usec (20780d, 14:31:36)
\tfreq: 5180.0
\tbeacon interval: 100 TUs
\tcapability: ESS Privacy SpectrumMgmt ShortSlotTime (0x1511)
\tsignal: -51.00 dBm
\tlast seen: 120 ms ago
\tInformation elements from Probe Response frame:
\tSSID: \\xe5\\xae\\x9e\\xe9\\xaa\\x8c Lab\\x20
\tSupported rates: 6.0* 9.0 12.0* 18.0 24.0* 36.0 48.0 54.0
\tBSS Load:
\t\t * station count: 17
\t\t * channel utilisation: 51/255
\t\t * available admission capacity: 0 [*32us/s]
\tRSN:\t * Version: 1
\t\t * Group cipher: CCMP
\t\t * Pairwise ciphers: CCMP
\t\t * Authentication suites: PSK SAE FT/SAE
\t\t * Capabilities: 1-PTKSA-RC 1-GTKSA-RC MFP-capable (0x0080)
\t\t * Group mgmt cipher suite: AES-128-CMAC
\tHT operation:
\t\t * primary channel: 36
\t\t * secondary channel offset: above
\t\t * STA channel width: any
\tVHT operation:
\t\t * channel width: 1 (80 MHz)
\t\t * center freq segment 1: 42
\t\t * center freq segment 2: 50
BSS 00:25:9e:12:30:b0(on wlp2s0)
\tfreq: 6135
\tcapability: ESS Privacy (0x0011)
\tsignal: -67.00 dBm
\tlast seen: 4460 ms ago
\tSSID:
\tRSN:\t * Version: 1
\t\t * Pairwise ciphers: GCMP-256
\t\t * Authentication suites: IEEE 802.1X/SUITE-B-192
BSS 12:34:56:78:9a:bc(on wlp2s0)
\tfreq: 2484
\tcapability: ESS Privacy (0x0011)
\tsignal: 60/100
\tSSID: \\x00\\x00\\x00\\x00
BSS 12:34:56:78:9a:bd(on wlp2s0)
\tfreq: 2437
\tcapability: ESS (0x0001)
\tsignal: -80.00 dBm
\tSSID: caf\\xe9 \\x5c RSN:
\tRSN:\t * Version: 1
\t\t * Pairwise ciphers: CCMP
\t\t * Authentication suites: 00-0f-ac:18
BSS 12:34:56:78:9a:be(on wlp2s0)
\tfreq: 2437
\tcapability: ESS Privacy (0x0011)
\tsignal: -81.00 dBm
\tWPA:\t * Version: 1
\t\t * Group cipher: TKIP
\t\t * Pairwise ciphers: TKIP CCMP
\t\t * Authentication suites: IEEE 802.1X
\tRSN:\t * Version: 1
\t\t * Pairwise ciphers: CCMP
\t\t * Authentication suites: FT/IEEE 802.1X IEEE 802.1X/SHA-256
"""

AIRPORT = """\
                            SSID BSSID             RSSI CHANNEL HT CC SECURITY (auth/unicast/group)
                      校园 网 0:25:9e:12:30:a0  -52  44,80   Y  CN RSN(PSK,SAE/AES/AES)
                             -55 12:34:56:78:9a:bc -71  149,+1  Y  CN WPA2(802.1x,FT-802.1x/AES/AES)
                           guest                   -80  11      N  -- NONE
"""
