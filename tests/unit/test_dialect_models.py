"""Who is recognised by what firmware of other models and generations says of itself: forms, not recordings.

Each row is written after the vendor's published form of sysDescr and its sysObjectID subtree.
"""

from __future__ import annotations

import pytest

from probes.dialect import Identity, what_it_is

VRP = "Huawei Versatile Routing Platform Software\r\nVRP (R) software, Version "
V7 = "H3C Comware Platform Software, Software Version 7.1.070, Release 6318P01\r\n"
SECPATH = "H3C Comware Platform Software, Software Version 7.1.064, Release 9345P15\r\n"
H3C_END = "\r\nCopyright (c) 2004-2021 New H3C Technologies Co., Ltd. All rights reserved."

MODELS = [
    # Huawei: VRP 5, VRP 8, YunShan OS; campus, data centre, cloud-managed and wireless
    (
        "1.3.6.1.4.1.2011.2.23.96",
        f"S5700-28C-EI\r\n{VRP}5.150 (S5700 V200R005C00SPC500)",
        "huawei-vrp",
        "switch",
        "S5700-28C-EI",
    ),
    (
        "1.3.6.1.4.1.2011.2.23.92",
        f"{VRP}5.70 (S2700 V100R006C05)\r\nQuidway S2700-26TP-PWR-EI",
        "huawei-vrp",
        "switch",
        "S2700",
    ),
    ("1.3.6.1.4.1.2011.2.170.3", f"S7706\r\n{VRP}5.170 (S7700 V200R013C00SPC500)", "huawei-vrp", "switch", "S7706"),
    (
        "1.3.6.1.4.1.2011.2.239.12",
        f"{VRP}8.180 (CE6857EI V200R005C10SPC800)\r\nHUAWEI CE6857-48S6CQ-EI",
        "huawei-vrp",
        "switch",
        "CE6857EI",
    ),
    (
        "1.3.6.1.4.1.2011.2.239.70",
        f"{VRP}8.191 (CE6881 V200R019C10)\r\nHUAWEI CloudEngine 6881-48S6CQ",
        "huawei-vrp",
        "switch",
        "CE6881",
    ),
    (
        "1.3.6.1.4.1.2011.2.23.800",
        "Huawei YunShan OS\r\nVersion 1.23.0.1 (S5700 V600R023C00SPC500)\r\nHUAWEI S5735I-S8T4SN-V2",
        "huawei-vrp",
        "switch",
        "S5700",
    ),
    ("1.3.6.1.4.1.2011.2.23.1200", "Huawei YunShan OS\r\nHUAWEI S310-24T4S", "huawei-vrp", "switch", "S310-24T4S"),
    ("1.3.6.1.4.1.2011.2.23.763", f"S1730S-S24T4S-A\r\n{VRP}5.170", "huawei-vrp", "switch", "S1730S-S24T4S-A"),
    ("1.3.6.1.4.1.2011.2.23.500", "", "huawei-vrp", "switch", ""),
    ("1.3.6.1.4.1.2011.2.170.6", "", "huawei-vrp", "switch", ""),
    (
        "1.3.6.1.4.1.2011.2.240.17",
        f"AC6005-8-PWR\r\n{VRP}5.170 (AC6005 V200R019C00SPC500)",
        "huawei-vrp",
        "wireless-controller",
        "AC6005-8-PWR",
    ),
    (
        "1.3.6.1.4.1.2011.2.240.26",
        f"AC6508\r\n{VRP}5.170 (AC6508 V200R021C00SPC200)",
        "huawei-vrp",
        "wireless-controller",
        "AC6508",
    ),
    (
        "1.3.6.1.4.1.2011.2.240.30",
        f"AirEngine 9700-M1\r\n{VRP}5.170 (AirEngine 9700-M1 V200R022C00)",
        "huawei-vrp",
        "wireless-controller",
        "AirEngine 9700-M1",
    ),
    (
        "1.3.6.1.4.1.2011.2.240.35",
        f"AirEngine 9703-H\r\n{VRP}5.170",
        "huawei-vrp",
        "wireless-controller",
        "AirEngine 9703-H",
    ),
    ("1.3.6.1.4.1.2011.2.240.40", f"AirEngine5761-21\r\n{VRP}5.170", "huawei-vrp", "access-point", "AirEngine5761-21"),
    ("1.3.6.1.4.1.2011.2.240.12", f"AP4050DN\r\n{VRP}5.170", "huawei-vrp", "access-point", "AP4050DN"),
    ("1.3.6.1.4.1.2011.2.224.279", f"Huawei AR2240\r\n{VRP}5.160", "huawei-vrp", "router", "AR2240"),
    ("1.3.6.1.4.1.2011.2.224.300", "HUAWEI NetEngine AR6120-S\r\nYunShan OS", "huawei-vrp", "router", None),
    (
        "1.3.6.1.4.1.2011.2.321.4",
        f"USG6330\r\n{VRP}5.160 (USG6300 V500R001C30SPC100)",
        "huawei-usg",
        "firewall",
        "USG6330",
    ),
    (
        "1.3.6.1.4.1.2011.2.321.40",
        f"{VRP}5.170 (USG6500E V600R007C00SPC500)\r\nHUAWEI USG6525E",
        "huawei-usg",
        "firewall",
        "USG6500E",
    ),
    ("1.3.6.1.4.1.2011.2.321.41", "HUAWEI HiSecEngine USG6555F\r\nYunShan OS", "huawei-usg", "firewall", None),
    ("1.3.6.1.4.1.2011.2.322.2", f"NIP6320\r\n{VRP}5.160", "huawei-nip", "ids", "NIP6320"),
    ("1.3.6.1.4.1.2011.2.322.7", "HUAWEI HiSecEngine IPS6515E\r\nVRP (R) software", "huawei-nip", "ids", "IPS6515E"),
    ("1.3.6.1.4.1.2011.2.323.1", f"ASG2600\r\n{VRP}5.160", "huawei-vrp", "behaviour", "ASG2600"),
    ("1.3.6.1.4.1.56813.1.1", "", "huawei-vrp", None, ""),
    # H3C: Comware 5, 7, 9
    ("1.3.6.1.4.1.25506.1.1525", f"{V7}H3C S5130-52S-EI{H3C_END}", "hp-comware", "switch", "S5130-52S-EI"),
    ("1.3.6.1.4.1.25506.1.2001", f"{V7}H3C S5024PV5-EI-HPWR{H3C_END}", "hp-comware", "switch", "S5024PV5-EI-HPWR"),
    ("1.3.6.1.4.1.25506.1.1700", f"{V7}H3C S5560X-30C-EI{H3C_END}", "hp-comware", "switch", "S5560X-30C-EI"),
    (
        "1.3.6.1.4.1.25506.1.1900",
        f"{V7}H3C S1850V2-28P-HPWR-EI{H3C_END}",
        "hp-comware",
        "switch",
        "S1850V2-28P-HPWR-EI",
    ),
    ("1.3.6.1.4.1.25506.1.1901", f"{V7}H3C MS4520V2-28S{H3C_END}", "hp-comware", "switch", "MS4520V2-28S"),
    ("1.3.6.1.4.1.25506.1.1902", f"{V7}H3C IE4300-12P{H3C_END}", "hp-comware", "switch", "IE4300-12P"),
    ("1.3.6.1.4.1.25506.1.1100", f"{V7}H3C S10508X-G{H3C_END}", "hp-comware", "switch", "S10508X-G"),
    (
        "1.3.6.1.4.1.25506.11.1.180",
        "HPE Comware Platform Software, Software Version 7.1.070, Release 3507P10\r\nHPE 5130-48G-4SFP+ EI (JG934A)",
        "hp-comware",
        "switch",
        None,
    ),
    ("1.3.6.1.4.1.25506.1.1800", f"{V7}H3C WX2540H{H3C_END}", "hp-comware", "wireless-controller", "WX2540H"),
    ("1.3.6.1.4.1.25506.1.1801", f"{V7}H3C WX3510X{H3C_END}", "hp-comware", "wireless-controller", "WX3510X"),
    ("1.3.6.1.4.1.25506.1.1802", f"{V7}H3C WX5540E{H3C_END}", "hp-comware", "wireless-controller", "WX5540E"),
    ("1.3.6.1.4.1.25506.1.1803", f"{V7}H3C WBC560{H3C_END}", "hp-comware", "wireless-controller", "WBC560"),
    ("1.3.6.1.4.1.25506.1.1804", f"{V7}H3C WSG1812X-PWR{H3C_END}", "hp-comware", "wireless-controller", "WSG1812X-PWR"),
    ("1.3.6.1.4.1.25506.1.1805", f"{V7}H3C WA6320{H3C_END}", "hp-comware", "access-point", "WA6320"),
    ("1.3.6.1.4.1.25506.1.1300", f"{V7}H3C MSR3620-X1{H3C_END}", "hp-comware", "router", "MSR3620-X1"),
    ("1.3.6.1.4.1.25506.1.1301", f"{V7}H3C MER5200{H3C_END}", "hp-comware", "router", "MER5200"),
    ("1.3.6.1.4.1.25506.1.1400", f"{SECPATH}H3C SecPath F1020{H3C_END}", "h3c-secpath", "firewall", "F1020"),
    (
        "1.3.6.1.4.1.25506.1.1401",
        f"{SECPATH}H3C SecPath F1000-AI-25{H3C_END}",
        "h3c-secpath",
        "firewall",
        "F1000-AI-25",
    ),
    ("1.3.6.1.4.1.25506.1.1402", f"{SECPATH}H3C SecPath M9006{H3C_END}", "h3c-secpath", "firewall", "M9006"),
    (
        "1.3.6.1.4.1.25506.1.1403",
        "H3C Comware Platform Software\r\nComware Software, Version 5.20\r\nH3C SecPath U200-A",
        "h3c-secpath",
        "firewall",
        "U200-A",
    ),
    ("1.3.6.1.4.1.25506.1.1404", f"{SECPATH}H3C SecPath T1060{H3C_END}", "h3c-secpath", "ids", "T1060"),
    ("1.3.6.1.4.1.25506.1.1405", f"{SECPATH}H3C SecPath L5030{H3C_END}", "h3c-secpath", "load-balancer", "L5030"),
    ("1.3.6.1.4.1.25506.1.1406", "H3C SecPath ACG1000-AK230", "h3c-secpath", "behaviour", "ACG1000-AK230"),
    ("1.3.6.1.4.1.25506.1.9", "", "hp-comware", None, ""),
    # Ruijie: RGOS 10, 11, 12 and Reyee
    (
        "1.3.6.1.4.1.4881.1.1.10.1.200",
        "Ruijie Gigabit Security & Intelligence Access Switch (S2910-24GT4XS-E) By Ruijie Networks",
        "ruijie-os",
        "switch",
        "S2910-24GT4XS-E",
    ),
    (
        "1.3.6.1.4.1.4881.1.1.10.1.250",
        "Ruijie Full 40G Core Routing Switch(N18010) By Ruijie Networks",
        "ruijie-os",
        "switch",
        "N18010",
    ),
    (
        "1.3.6.1.4.1.4881.1.3.1.1.99",
        "Ruijie Wireless Switch (WS6812) By Ruijie Networks",
        "ruijie-os",
        "wireless-controller",
        "WS6812",
    ),
    (
        "1.3.6.1.4.1.4881.1.3.1.1.120",
        "Ruijie Wireless Controller(RG-WS7208-A) By Ruijie Networks",
        "ruijie-os",
        "wireless-controller",
        "RG-WS7208-A",
    ),
    (
        "1.3.6.1.4.1.4881.1.3.1.1.45",
        "Ruijie Indoor Access Point (AP740-I) By Ruijie Networks",
        "ruijie-os",
        "access-point",
        "AP740-I",
    ),
    (
        "1.3.6.1.4.1.4881.1.2.1.1.60",
        "Ruijie Router (RSR20-X-28) By Ruijie Networks",
        "ruijie-os",
        "router",
        "RSR20-X-28",
    ),
    (
        "1.3.6.1.4.1.4881.1.6.1.1.20",
        "Ruijie Easy Gateway (EG2000CE) By Ruijie Networks",
        "ruijie-eg",
        "behaviour",
        None,
    ),
    (
        "1.3.6.1.4.1.4881.1.6.1.1.40",
        "Ruijie Easy Gateway(RG-EG3250) By Ruijie Networks",
        "ruijie-eg",
        "behaviour",
        None,
    ),
    (
        "1.3.6.1.4.1.4881.1.5.1.1.10",
        "Ruijie Next-Generation Firewall(RG-WALL 1600-Z3200) By Ruijie Networks",
        "ruijie-os",
        "firewall",
        None,
    ),
    ("1.3.6.1.4.1.4881.1.1.10.1.400", "Ruijie Reyee RG-NBS3100-24GT4SFP", "ruijie-os", "switch", "RG-NBS3100-24GT4SFP"),
    # ZTE 29xx, 59xx, 89xx, modular ones by letters
    (
        "1.3.6.1.4.1.3902.3.100.35",
        "ZXR10 ROS Version V4.08.33 ZXR10_8905 Software, Version ZXR10 8900",
        "zte-zxros",
        "switch",
        "8905",
    ),
    (
        "1.3.6.1.4.1.3902.3.100.59",
        "ZXR10 5960-64DL, ZTE ZXR10 Software, Version: V3.02.20",
        "zte-zxros",
        "switch",
        "5960-64DL",
    ),
    (
        "1.3.6.1.4.1.3902.15.2.11.2",
        "ZTE Ethernet Switch ZXR10 2928-SI, Version: V2.05.10B12",
        "zte-zxros",
        "switch",
        "2928-SI",
    ),
    ("1.3.6.1.4.1.3902.3.100.6", "ZXR10 ROS Version V4.6.03 ZXR10 T64G Software", "zte-zxros", "switch", "T64G"),
    # Cisco: IOS, IOS XE, NX-OS, AireOS, small business, firewalls
    (
        "1.3.6.1.4.1.9.1.1045",
        "Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.7(3)M4",
        "cisco-ios",
        "router",
        None,
    ),
    (
        "1.3.6.1.4.1.9.1.2694",
        "Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_LITE_IOSXE), Version 17.9.4",
        "cisco-ios",
        "switch",
        None,
    ),
    (
        "1.3.6.1.4.1.9.1.2860",
        "Cisco IOS Software [Gibraltar], C9800-CL Software (C9800-CL-K9_IOSXE), Version 16.12.4a",
        "cisco-ios",
        "wireless-controller",
        None,
    ),
    (
        "1.3.6.1.4.1.9.12.3.1.3.1084",
        "Cisco NX-OS(tm) n5000, Software (n5000-uk9), Version 7.3(7)N1(1)",
        "cisco-nxos",
        "switch",
        "n5000",
    ),
    (
        "1.3.6.1.4.1.9.12.3.1.3.1812",
        "Cisco NX-OS(tm) nxos.9.3.5.bin, Software (nxos), Version 9.3(5), RELEASE SOFTWARE",
        "cisco-nxos",
        "switch",
        None,
    ),
    ("1.3.6.1.4.1.9.1.1069", "Cisco Controller", "cisco-wlc", "wireless-controller", None),
    ("1.3.6.1.4.1.9.6.1.83.28.1", "SG300-28 28-Port Gigabit Managed Switch", "cisco-business", "switch", "SG300-28"),
    ("1.3.6.1.4.1.9.1.2663", "Cisco Firepower Threat Defense, Version 6.6.1", "cisco-asa", "firewall", None),
    # Aruba, HP
    (
        "1.3.6.1.4.1.11.2.3.7.11.181",
        "Aruba JL262A 2930F-48G-PoE+-4SFP Switch, revision WC.16.10.0011, ROM WC.16.01.0010",
        "hp-procurve",
        "switch",
        None,
    ),
    (
        "1.3.6.1.4.1.14823.1.1.50",
        "ArubaOS (MODEL: Aruba7030), Version 8.6.0.9 (79813)",
        "aruba-os",
        "wireless-controller",
        "Aruba7030",
    ),
    ("1.3.6.1.4.1.47196.4.1.1.1.100", "Aruba JL668A FL.10.08.1010", "aruba-cx", "switch", None),
    # TP-Link, D-Link
    (
        "1.3.6.1.4.1.11863.5.90",
        "JetStream 28-Port Gigabit L2+ Managed Switch with 4 10GE SFP+ Slots",
        "tp-link",
        "switch",
        None,
    ),
    ("1.3.6.1.4.1.11863.1.1.40", "TL-SG5428 24-Port Gigabit L2 Managed Switch", "tp-link", "switch", "TL-SG5428"),
    ("1.3.6.1.4.1.11863.10.1", "TL-AC1000 Wireless Controller", "tp-link", "wireless-controller", None),
    ("1.3.6.1.4.1.11863.10.1.1", "EAP225-Outdoor", "tp-link", "access-point", None),
    ("1.3.6.1.4.1.171.10.76.28.1", "DGS-1210-28/ME 6.21.B037", "d-link", "switch", "DGS-1210-28/ME"),
    ("1.3.6.1.4.1.171.10.137.1.1", "DGS-1510-52X Gigabit Ethernet SmartPro Switch", "d-link", "switch", "DGS-1510-52X"),
    # security
    ("1.3.6.1.4.1.12356.101.1.641", "", "fortinet", "firewall", ""),
    ("1.3.6.1.4.1.12356.112.100", "FortiADC", "fortinet", "load-balancer", None),
    ("1.3.6.1.4.1.25461.2.3.53", "Palo Alto Networks PA-1400 series firewall", "paloalto-panos", "firewall", None),
    ("1.3.6.1.4.1.25461.2.3.29", "Palo Alto Networks VM-Series firewall", "paloalto-panos", "firewall", None),
    ("1.3.6.1.4.1.25461.2.3.7", "Palo Alto Networks Panorama server", "paloalto-panos", "server", None),
    (
        "1.3.6.1.4.1.28557.1.200",
        "Hillstone Networks Security Appliance SG-6000-A1000",
        "hillstone",
        "firewall",
        "SG-6000-A1000",
    ),
    ("1.3.6.1.4.1.28557.1.90", "Hillstone Security Appliance SG-6000-S1560", "hillstone", "ids", "SG-6000-S1560"),
    ("1.3.6.1.4.1.28557.1.91", "Hillstone Security Appliance SG-6000-W1060", "hillstone", "waf", "SG-6000-W1060"),
    ("1.3.6.1.4.1.35047", "Linux AC-1000-B1500 3.10.0", "sangfor", "behaviour", None),
    ("1.3.6.1.4.1.35047", "Linux AF-1000-B1500 4.4.0", "sangfor", "firewall", "AF-1000-B1500"),
    ("1.3.6.1.4.1.14331.1.9", "TopIDP", "topsec", "ids", None),
    ("1.3.6.1.4.1.14331.1.9", "TopWAF v3", "topsec", "waf", None),
    ("1.3.6.1.4.1.14331.1.4", "Topsec NGFW4000(TG-51514)", "topsec", "firewall", None),
    ("1.3.6.1.4.1.32328.1", "LEGENDSEC SecGate 3600", "qianxin", "firewall", None),
    ("1.3.6.1.4.1.8072.3.2.8", "FreeBSD OPNsense.localdomain 13.2-RELEASE-p7 amd64", "pfsense", "firewall", None),
    # the rest of the room
    ("1.3.6.1.4.1.8886.6.207", "Raisecom ISCOM2924GF", "raisecom", "switch", "ISCOM2924GF"),
    ("1.3.6.1.4.1.3808.1.1.1", "UPS SNMP Card", "ups", "ups", None),
    ("1.3.6.1.4.1.476.1.42", "GXT4 Liebert", "ups", "ups", None),
    ("1.3.6.1.4.1.1004849.3.2", "NVR4216-16P", "dahua", "recorder", None),
    ("1.3.6.1.4.1.1004849.2.1", "IPC-HFW2431S", "dahua", "camera", None),
    (
        "1.3.6.1.4.1.311.1.1.3.1.1",
        "Hardware: Intel64 - Software: Windows Version 10.0 (Build 19045)",
        "windows",
        "computer",
        None,
    ),
]


@pytest.mark.parametrize(("oid", "descr", "dialect", "what", "model"), MODELS)
def test_models_that_no_recording_is_of(
    oid: str, descr: str, dialect: str, what: str | None, model: str | None
) -> None:
    found = what_it_is(Identity(sys_object_id=oid, sys_descr=descr))
    assert found is not None
    assert (found.dialect.id, found.what) == (dialect, what)
    assert model is None or found.model == model
