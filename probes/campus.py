"""What there is to look at: the school as its inventory describes it.

These models *are* the inventory's format: ``auditor.inventory`` reads TOML into them and its JSON Schema is exported
from them, so a field's description here is what an editor shows. Everything but the school's name and stages has a
default, or is simply not measured.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic.networks import IPvAnyNetwork

from probes.night.settings import NightSettings
from probes.switching import mac
from probes.wayout.settings import EgressSettings

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\s:/\\]+$")]
"""A short name: no blanks, no colon, no slash, because subjects are written ``<kind>:<id>``."""

PortNumber = Annotated[int, Field(ge=1, le=65535)]


def _is_reference(value: str) -> str:
    scheme, _, rest = value.partition(":")
    if scheme not in {"env", "file", "keyring"} or not rest:
        # The value itself may be a password that somebody typed here: it must not be repeated.
        msg = "secret_reference"
        raise ValueError(msg)
    return value


SecretRef = Annotated[str, AfterValidator(_is_reference)]
"""Where a secret lies: ``env:NAME``, ``file:PATH`` or ``keyring:SERVICE/USER``; never the secret itself."""

MacAddress = Annotated[
    str, StringConstraints(pattern=mac.SPELLING), AfterValidator(mac.canonical), PlainSerializer(mac.masked)
]
"""A MAC address, which no snapshot repeats: it is written out masked, and read back so."""


class Stage(StrEnum):
    """A stage of schooling: 小学, 初中, 高中."""

    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"


class Entry(BaseModel):
    """A table of the inventory. Frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class School(Entry):
    """The school itself."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="学校名称 / the school's name"
    )
    stages: tuple[Stage, ...] = Field(min_length=1, description="学段 / stages: primary 小学, junior 初中, senior 高中")
    district: str = Field("", description="所属县（市、区） / county or district")
    timezone: str = Field("Asia/Shanghai", description="时区 / IANA time zone in which logs are written")
    teachers: int | None = Field(None, ge=0, description="专任教师数 / number of teachers (indicator 1.2.1)")
    students: dict[Stage, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="各学段学生数 / students per stage (indicator 1.2.2)"
    )
    largest_class: int | None = Field(
        None, ge=1, description="最大班额 / pupils in the largest class (indicator 1.2.3)"
    )


class SnmpV2cCredential(Entry):
    """SNMP v1 or v2c: a community."""

    id: Id
    kind: Literal["snmp-v1", "snmp-v2c"]
    community: SecretRef = Field(description="团体字引用 / reference: env:NAME, file:PATH or keyring:SERVICE/USER")


class SnmpV3Credential(Entry):
    """SNMP v3 (USM). Without ``auth`` noAuthNoPriv, without ``privacy`` authNoPriv."""

    id: Id
    kind: Literal["snmp-v3"]
    user: str
    auth: Literal["MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"] | None = None
    auth_key: SecretRef | None = None
    privacy: Literal["DES", "3DES", "AES128", "AES192", "AES256"] | None = None
    privacy_key: SecretRef | None = None


class SshCredential(Entry):
    """A read-only login over SSH: a password or a private key."""

    id: Id
    kind: Literal["ssh"]
    user: str
    password: SecretRef | None = None
    key_file: str | None = Field(None, description="私钥文件 / path of a private key")
    key_passphrase: SecretRef | None = None
    enable: SecretRef | None = Field(None, description="enable 口令 / for consoles with an enable mode")


class HttpCredential(Entry):
    """A login over HTTP: user and password, or a token."""

    id: Id
    kind: Literal["http"]
    user: str | None = None
    password: SecretRef | None = None
    token: SecretRef | None = None


Credential = Annotated[
    SnmpV2cCredential | SnmpV3Credential | SshCredential | HttpCredential, Field(discriminator="kind")
]


class SnmpAccess(Entry):
    """How a device is reached over SNMP."""

    credential: Id
    port: PortNumber = 161
    context: str = Field("", description="SNMPv3 上下文 / context name")
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 2.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    max_repetitions: Annotated[int, Field(ge=1, le=100)] = 25


class SshAccess(Entry):
    """How a device is reached over SSH."""

    credential: Id
    port: PortNumber = 22
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 20.0


class HttpAccess(Entry):
    """How a device's web interface is reached."""

    credential: Id
    port: PortNumber = 443
    tls: bool = True
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 10.0


class Role(StrEnum):
    """What a device is there for."""

    CORE_SWITCH = "core-switch"
    AGGREGATION_SWITCH = "aggregation-switch"
    ACCESS_SWITCH = "access-switch"
    ROUTER = "router"
    WIRELESS_CONTROLLER = "wireless-controller"
    ACCESS_POINT = "access-point"
    FIREWALL = "firewall"
    IDS = "ids"
    BEHAVIOUR = "behaviour"
    WAF = "waf"
    ANTIVIRUS = "antivirus"
    SCANNER = "scanner"
    AUTHENTICATION = "authentication"
    LOG_SERVER = "log-server"
    RECORDER = "recorder"
    SERVER = "server"
    UPS = "ups"
    OTHER = "other"


class Device(Entry):
    """A piece of equipment that can be asked."""

    id: Id
    role: Role
    address: Annotated[str, StringConstraints(min_length=1)] = Field(
        description="IP 地址或主机名 / address or host name"
    )
    name: str = ""
    dialect: str | None = Field(None, description="厂商方言，留空则自动识别 / vendor dialect; recognised when left out")
    snmp: SnmpAccess | None = None
    ssh: SshAccess | None = None
    http: HttpAccess | None = None


class PlaceKind(StrEnum):
    """What a place (场所) is used for."""

    CLASSROOM = "classroom"
    SMART_CLASSROOM = "smart-classroom"
    COMPUTER_ROOM = "computer-room"
    LABORATORY = "laboratory"
    RECORDING_ROOM = "recording-room"
    OFFICE = "office"
    ADMINISTRATION = "administration"
    MEETING = "meeting"
    ACTIVITY = "activity"
    LIBRARY = "library"
    CANTEEN = "canteen"
    DORMITORY = "dormitory"
    HALL = "hall"
    GYM = "gym"
    OUTDOOR = "outdoor"
    MACHINE_ROOM = "machine-room"
    OTHER = "other"


class Place(Entry):
    """A place of the school, and the switch port that serves it."""

    id: Id
    kind: PlaceKind
    name: str = ""
    building: str = ""
    floor: str = ""
    port: str | None = Field(None, description="接入端口 <设备>:<端口> / access port, <device>:<ifName>")
    mac: MacAddress | None = Field(
        None,
        description="大屏等固定设备的 MAC，用于查找端口 / MAC of the panel there, by which the port is found",
    )
    responder: str | None = Field(None, description="测速应答端 主机:端口 / throughput peer standing there, host:port")
    wifi: bool | None = Field(None, description="是否属于无线覆盖主要场所 / counts for Wi-Fi coverage (1.1.2)")
    terminals: tuple[str, ...] = Field((), description="公用终端地址 / addresses of shared terminals there (1.2.4)")


class Uplink(Entry):
    """A line out of the school."""

    id: Id
    name: str = ""
    port: str | None = Field(None, description="出口端口 <设备>:<端口> / port, <device>:<ifName>")
    contract_mbps: Annotated[float, Field(gt=0)] | None = Field(None, description="合同带宽 / bandwidth bought")
    network: Literal["internet", "cernet", "district"] = "internet"
    responder: str | None = Field(None, description="校外参考服务器 主机:端口 / reference server outside, host:port")


class Subnet(Entry):
    """A range of addresses and who sits in it; hosts found there are counted for the ratios of 1.2.1 to 1.2.3."""

    id: Id
    cidr: IPvAnyNetwork
    use: Literal["office", "student", "server", "management", "security", "guest", "other"]
    stage: Stage | None = Field(None, description="学生网段所属学段 / stage that a student range belongs to (1.2.2)")


class DirectoryStore(Entry):
    """Log files in a directory of this machine, compressed or not."""

    kind: Literal["directory"]
    path: str
    pattern: str = "**/*"


class RecordType(StrEnum):
    """What a log holds records of."""

    SESSION = "session"
    NAT = "nat"
    BEHAVIOUR = "behaviour"
    DHCP = "dhcp"
    AAA = "aaa"
    CONTROLLER = "controller"
    CORE_SWITCH = "core-switch"
    SERVER = "server"
    WEBSITE = "website"
    IDS = "ids"
    WAF = "waf"
    ANTIVIRUS = "antivirus"
    SYSTEM = "system"


class LogSource(Entry):
    """Something that writes a log, and where the log is kept."""

    id: Id
    name: str = ""
    records: tuple[RecordType, ...] = Field(min_length=1)
    device: Id | None = Field(None, description="产生日志的设备 / the device that writes it")
    store: DirectoryStore
    setting_days: Annotated[int, Field(ge=0)] | None = Field(
        None, description="设备上设置的保存天数（仅供核对） / retention set on the device, for comparison only"
    )


class ServiceKind(StrEnum):
    """What a system of the school is for."""

    WEBSITE = "website"
    BROADCAST = "broadcast"
    TELEVISION = "television"
    CONFERENCE = "conference"
    IOT = "iot"
    CARD = "card"
    COURSE_SELECTION = "course-selection"
    CLASS_BOARD = "class-board"
    RECORDING = "recording"
    SMART_CLASSROOM = "smart-classroom"
    PLATFORM = "platform"
    LIBRARY = "library"
    RESOURCES = "resources"
    SHARING = "sharing"
    IDENTITY = "identity"
    MANAGEMENT = "management"
    HOME_SCHOOL = "home-school"
    VIDEO_SECURITY = "video-security"
    FIRE_ALARM = "fire-alarm"
    EMERGENCY_BROADCAST = "emergency-broadcast"
    FOOD_SAFETY = "food-safety"


class Service(Entry):
    """A system that ought to answer."""

    id: Id
    what: ServiceKind
    name: str = ""
    url: str | None = Field(None, pattern=r"^https?://[^\s]+$")
    news_url: str | None = Field(
        None, pattern=r"^https?://[^\s]+$", description="新闻列表页或 RSS / page or feed that lists the newest items"
    )
    address: str | None = None
    port: PortNumber | None = None


class Camera(Entry):
    """A camera or a channel of a recorder."""

    id: Id
    name: str = ""
    address: str | None = None
    recorder: Id | None = None
    place: Id | None = None


class Waiver(Entry):
    """An exception that somebody answers for, until a date: a whole indicator, or one subject of it."""

    indicator: str | None = None
    subject: str | None = Field(None, description="如 place:A-301 / for example place:A-301")
    until: date
    why: Annotated[str, StringConstraints(min_length=1)]
    by: Annotated[str, StringConstraints(min_length=1)]


class ThroughputSettings(Entry):
    """How long and how often goodput is measured (YD/T 2400: the first five seconds are left out)."""

    omit_s: Annotated[float, Field(ge=0, le=60)] = 5.0
    seconds: Annotated[float, Field(ge=1, le=60)] = 10.0
    repeats: Annotated[int, Field(ge=1, le=9)] = 1
    streams: Annotated[int, Field(ge=1, le=32)] = 1
    udp_mbps: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        None, description="另以此速率测 UDP 丢包与抖动 / also measure loss and jitter of UDP at this rate"
    )


class AuditSettings(Entry):
    """How hard the audit may work, and where it keeps its bundles."""

    rubric: str = "jiangsu-2018"
    parallel: Annotated[int, Field(ge=1, le=256)] = 32
    per_device: Annotated[int, Field(ge=1, le=16)] = 2
    bundles: str = Field("bundles", description="证据包目录，相对于本清单 / where bundles go, relative to this file")
    attestations: str = Field("attestations.toml", description="佐证清单 / attestations, relative to this file")
    throughput: ThroughputSettings = ThroughputSettings()
    night: NightSettings = NightSettings()
    here: Id | None = Field(
        None, description="本机网线所插的场所 / the place into whose socket this computer is plugged, to find its port"
    )


class Campus(Entry):
    """The whole inventory."""

    school: School
    audit: AuditSettings = AuditSettings()
    egress: EgressSettings | None = None
    credential: tuple[Credential, ...] = ()
    device: tuple[Device, ...] = ()
    place: tuple[Place, ...] = ()
    uplink: tuple[Uplink, ...] = ()
    subnet: tuple[Subnet, ...] = ()
    log_source: tuple[LogSource, ...] = ()
    service: tuple[Service, ...] = ()
    camera: tuple[Camera, ...] = ()
    waiver: tuple[Waiver, ...] = ()

    def find_credential(self, credential_id: str) -> Credential | None:
        """The credential of that id, or ``None``."""
        return next((one for one in self.credential if one.id == credential_id), None)

    def find_device(self, device_id: str) -> Device | None:
        """The device of that id, or ``None``."""
        return next((one for one in self.device if one.id == device_id), None)


Target = Device | Place | Uplink | LogSource | Service | Camera | School
"""What a probe can be pointed at."""


def subject_of(target: Target) -> str:
    """The subject under which a target is written in plans and observations.

    Ports and safeguards stand under the device's bare id, as the table of kinds has it.
    """
    prefixes: dict[type[Entry], str] = {
        Place: "place:",
        Uplink: "uplink:",
        LogSource: "log:",
        Service: "service:",
        Camera: "camera:",
    }
    return "campus" if isinstance(target, School) else prefixes.get(type(target), "") + target.id
