"""What the words of the machine are called for people: kinds, their fields, coded values, roles and subjects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from probes.campus import Camera, Campus, ControlEntry, Device, LogSource, Place, Service, Uplink, subject_of
from probes.text import Text, text

KINDS: Mapping[str, Text] = MappingProxyType(
    {
        "port": text("Switch ports"),
        "throughput": text("Throughput"),
        "uplink_load": text("Load of the uplinks"),
        "neighbour": text("Neighbours"),
        "radio": text("Wireless signals"),
        "access_point": text("Access points"),
        "access_point_count": text("Access points by the controller's count"),
        "egress": text("Way out of the campus"),
        "service": text("Systems"),
        "host": text("Terminals"),
        "safeguard": text("Security functions"),
        "control": text("Tests of security functions"),
        "log_coverage": text("Log retention"),
        "trace": text("Trace drill"),
        "marker": text("Signed markers sent"),
        "canary": text("Signed markers found in logs"),
        "clock": text("Clocks"),
        "exposure": text("Weaknesses of management access"),
        "resources": text("Load and free space of devices"),
        "recording": text("Video recordings"),
        "website": text("Website"),
        "attestation": text("Attestations"),
    }
)

FIELDS: Mapping[str, Text] = MappingProxyType(
    {
        "speed_mbps": text("speed"),
        "duplex": text("duplex"),
        "admin_up": text("switched on"),
        "oper_up": text("link up"),
        "fcs_error_ratio": text("damaged frames"),
        "in_mbps": text("traffic in"),
        "out_mbps": text("traffic out"),
        "alias": text("description"),
        "place": text("place"),
        "uplink": text("uplink"),
        "physical": text("physical port"),
        "down_mbps": text("download"),
        "up_mbps": text("upload"),
        "streams": text("streams"),
        "seconds": text("length of the test (s)"),
        "rtt_ms": text("round trip"),
        "retransmits": text("retransmissions"),
        "udp_loss_ratio": text("lost datagrams"),
        "jitter_ms": text("jitter"),
        "instrument": text("measuring machine"),
        "nic_mbps": text("network card"),
        "cpu_percent": text("CPU load"),
        "other_mbps": text("other traffic on the card"),
        "wireless": text("over Wi-Fi"),
        "usb": text("USB adapter"),
        "limited": text("was itself the limit"),
        "peak_in_mbps": text("peak in"),
        "peak_out_mbps": text("peak out"),
        "mean_in_mbps": text("mean in"),
        "mean_out_mbps": text("mean out"),
        "peak_share": text("peak share of the speed"),
        "hours_covered": text("hours covered"),
        "remote_name": text("remote device"),
        "remote_port": text("remote port"),
        "protocol": text("protocol"),
        "ssid": text("SSID"),
        "bssid": text("BSSID"),
        "band_ghz": text("band"),
        "channel": text("channel"),
        "rssi_dbm": text("signal"),
        "noise_dbm": text("noise"),
        "security": text("encryption"),
        "own": text("own network"),
        "controller": text("controller"),
        "online": text("online"),
        "clients": text("clients"),
        "offline": text("offline"),
        "total": text("in all"),
        "listed": text("listed by name"),
        "model": text("model"),
        "public_ip": text("public address"),
        "asn": text("AS number"),
        "network": text("network"),
        "hops": text("route"),
        "via_cernet": text("through the education network"),
        "internet": text("Internet reached"),
        "what": text("what"),
        "reachable": text("reachable"),
        "latency_ms": text("response time"),
        "evidence": text("evidence"),
        "mac_hash": text("MAC address (keyed hash)"),
        "vendor": text("vendor"),
        "subnet": text("address range"),
        "first_seen": text("first seen"),
        "last_seen": text("last seen"),
        "function": text("function"),
        "running": text("running"),
        "version": text("version"),
        "signature_age_days": text("age of signatures"),
        "licence_days_left": text("licence left"),
        "policy_active": text("policy in force"),
        "blocked": text("blocked"),
        "detected": text("detected"),
        "oldest": text("oldest"),
        "newest": text("newest"),
        "span_days": text("span"),
        "days_with_records_ratio": text("days with records"),
        "longest_gap_h": text("longest gap"),
        "longest_gap_from": text("gap since"),
        "forecast_days": text("will last for"),
        "bytes": text("bytes"),
        "records": text("records"),
        "unreadable_files": text("unreadable files"),
        "undated_records": text("records without a date"),
        "missing_days": text("days without records"),
        "hosts": text("log servers set"),
        "origin": text("known from"),
        "found": text("found"),
        "delay_s": text("delay"),
        "conclusion": text("conclusion"),
        "sent": text("sent"),
        "seen": text("seen"),
        "sent_at": text("sent at"),
        "drill": text("drill"),
        "log_source": text("log source"),
        "to": text("to"),
        "marker": text("marker"),
        "days_found": text("days found"),
        "days_sent": text("days sent"),
        "forged": text("forged, not believed"),
        "replayed": text("replayed, not believed"),
        "keep_days": text("to be kept for"),
        "playable": text("oldest recording plays"),
        "live": text("live picture"),
        "fields": text("fields"),
        "synchronised": text("synchronised"),
        "offset_s": text("offset"),
        "source": text("time source"),
        "present": text("present"),
        "memory_percent": text("memory used"),
        "disk_percent": text("fullest disk used"),
        "disk_free_mb": text("free on the fullest disk"),
        "disks": text("disks"),
        "channels_ok": text("channels recording"),
        "channels": text("channels"),
        "newest_item_age_days": text("age of the newest item"),
        "https_valid_days": text("certificate valid for"),
        "http_status": text("HTTP status"),
        "newest_item": text("newest item"),
        "icp_number": text("ICP filing number"),
        "certificate_problem": text("problem of the certificate"),
        "claim": text("claim"),
        "points": text("points claimed"),
        "by": text("by"),
        "on": text("on"),
        "valid_until": text("valid until"),
        "note": text("note"),
        "documents": text("documents"),
    }
)

UNITS: Mapping[str, Text] = MappingProxyType({"days": text("days"), "h": text("h"), "s": text("s")})
"""Units that a language writes in its own way; the others stay as they are."""

CODES: Mapping[str, Text] = MappingProxyType(
    {
        # duplex, yes and no
        "full": text("full duplex"),
        "half": text("half duplex"),
        "unknown": text("not known"),
        "undetermined": text("undetermined"),
        "yes": text("yes"),
        "no": text("no"),
        # where a log's reach is known from
        "content": text("the records themselves"),
        "setting": text("a setting on the device"),
        # claims
        "met": text("met"),
        "partly": text("partly met"),
        "not_met": text("not met"),
        # roles of devices, functions, tests
        "core-switch": text("core switch"),
        "aggregation-switch": text("aggregation switch"),
        "access-switch": text("access switch"),
        "router": text("router"),
        "wireless-controller": text("wireless controller"),
        "access-point": text("access point"),
        "firewall": text("firewall"),
        "ids": text("intrusion detection"),
        "waf": text("web application firewall"),
        "behaviour": text("internet access management"),
        "antivirus": text("antivirus"),
        "scanner": text("vulnerability scanner"),
        "web_filter": text("filter for harmful content"),
        "authentication": text("authentication"),
        "log-server": text("log server"),
        "recorder": text("video recorder"),
        "server": text("server"),
        "ups": text("uninterruptible power supply"),
        "other": text("other"),
        "url_filter": text("filter for harmful content"),
        "malware": text("protection against malware"),
        "ids_alert": text("alert of the intrusion detection"),
        "inbound_deny": text("barrier against access from outside"),
        # what a test concludes
        "works": text("works"),
        "does_not_work": text("does not work"),
        # records of logs
        "session": text("session records"),
        "nat": text("address translation records"),
        "dhcp": text("DHCP records"),
        "aaa": text("login records"),
        "controller": text("wireless controller"),
        "system": text("system records"),
        # systems of a school
        "website": text("website"),
        "broadcast": text("digital broadcast"),
        "television": text("campus television"),
        "conference": text("video conference"),
        "iot": text("IoT platform"),
        "card": text("campus card"),
        "course-selection": text("course selection"),
        "class-board": text("class boards"),
        "recording": text("recording and streaming"),
        "smart-classroom": text("smart classroom"),
        "platform": text("resource platform"),
        "library": text("library system"),
        "resources": text("digital resources"),
        "sharing": text("sharing of resources"),
        "identity": text("single sign-on"),
        "management": text("school management"),
        "home-school": text("home and school"),
        "video-security": text("video security"),
        "fire-alarm": text("fire alarm"),
        "emergency-broadcast": text("emergency broadcast"),
        "food-safety": text("food safety"),
        # weaknesses
        "telnet": text("Telnet open"),
        "http_admin": text("administration over plain HTTP"),
        "legacy_crypto": text("outdated cryptography"),
        "default_account": text("default account"),
        "ftp": text("FTP open"),
        "tftp": text("TFTP open"),
        "ssh_v1": text("SSH version 1 allowed"),
        "snmp_v1": text("SNMP v1 open"),
        "snmp_v2c": text("SNMP v2c open"),
        "snmp_writable": text("SNMP community that may write"),
        "default_community": text("default SNMP community"),
        "plain_password": text("password stored in plain text"),
        "any_any_policy": text("policy that lets everything pass"),
        "no_idle_timeout": text("sessions that never time out"),
        "smart_install": text("Smart Install open"),
        # hosts
        "computer": text("computer"),
        "tablet": text("tablet"),
        "panel": text("interactive panel"),
        "camera": text("camera"),
        "campus": text("the campus"),
    }
)

ASKED_FOR = ("role:", "records:", "service-kind:", "control:")
"""Prefixes of members that stand for something the rubric asks for, not for an entry of the inventory."""


def code_name(code: str) -> Text:
    """A coded value for people; what is not known stays as it is."""
    return CODES.get(code, text("{value}", value=code))


def member_name(member: str, label: str) -> Text:
    """A judged member: the inventory's own name, or what the rubric asks for in words."""
    asked = next((member.removeprefix(prefix) for prefix in ASKED_FOR if member.startswith(prefix)), None)
    if asked is None and member == "campus":
        asked = "campus"
    return text("{name}", name=label) if asked is None else code_name(asked)


def subject_names(campus: Campus) -> Mapping[str, str]:
    """Names that the inventory gives to subjects, where they say more than the id."""
    named: tuple[Device | Place | Uplink | LogSource | Service | Camera | ControlEntry, ...] = (
        *campus.device,
        *campus.place,
        *campus.uplink,
        *campus.log_source,
        *campus.service,
        *campus.camera,
        *campus.control,
    )
    return {subject_of(one): one.name for one in named if one.name}
