"""What there is to look at: the school as its inventory describes it.

These models *are* the inventory's format: ``auditor.inventory`` reads TOML into them and its JSON Schema is exported
from them, so a field's description here is what an editor shows. Everything but the school's name and stages has a
default, or is simply not measured.
"""

from __future__ import annotations

from probes.discovery.settings import DiscoverySettings
from probes.entries.base import Entry, Id, MacAddress, PortNumber, SecretRef
from probes.entries.credentials import (
    Credential,
    DatabaseCredential,
    HttpCredential,
    SnmpV2cCredential,
    SnmpV3Credential,
    SshCredential,
)
from probes.entries.devices import Device, HttpAccess, Role, SnmpAccess, SshAccess
from probes.entries.floors import Floor, FloorAccessPoint, FloorPlace, Scale
from probes.entries.log_stores import (
    DeviceStore,
    DirectoryStore,
    LogStore,
    LokiStore,
    MysqlStore,
    OpenSearchStore,
    PostgresqlStore,
    SftpStore,
    TableStore,
)
from probes.entries.logs import LogSource, RecordType
from probes.entries.nightly import NotifySettings, RetentionSettings, ScheduleSettings
from probes.entries.places import Place, PlaceKind, Subnet, Uplink
from probes.entries.school import School, Stage
from probes.entries.services import Camera, Service, ServiceKind
from probes.entries.settings import AuditSettings, ThroughputSettings, Waiver
from probes.safeguards.settings import (
    CanarySettings,
    ControlEntry,
    ControlsSettings,
    Drill,
    IdsAlertControl,
    InboundControl,
    MalwareControl,
    PortalControl,
    ProtectedSystem,
    UrlFilterControl,
    WafControl,
)
from probes.wayout.settings import EgressSettings
from probes.wifi.settings import WifiSettings

__all__ = [
    "AuditSettings",
    "Camera",
    "Campus",
    "CanarySettings",
    "ControlEntry",
    "ControlsSettings",
    "Credential",
    "DatabaseCredential",
    "Device",
    "DeviceStore",
    "DirectoryStore",
    "DiscoverySettings",
    "Drill",
    "Entry",
    "Floor",
    "FloorAccessPoint",
    "FloorPlace",
    "HttpAccess",
    "HttpCredential",
    "Id",
    "IdsAlertControl",
    "InboundControl",
    "LogSource",
    "LogStore",
    "LokiStore",
    "MacAddress",
    "MalwareControl",
    "MysqlStore",
    "NotifySettings",
    "OpenSearchStore",
    "Place",
    "PlaceKind",
    "PortNumber",
    "PortalControl",
    "PostgresqlStore",
    "ProtectedSystem",
    "RecordType",
    "RetentionSettings",
    "Role",
    "Scale",
    "ScheduleSettings",
    "School",
    "SecretRef",
    "Service",
    "ServiceKind",
    "SftpStore",
    "SnmpAccess",
    "SnmpV2cCredential",
    "SnmpV3Credential",
    "SshAccess",
    "SshCredential",
    "Stage",
    "Subnet",
    "TableStore",
    "Target",
    "ThroughputSettings",
    "Uplink",
    "UrlFilterControl",
    "WafControl",
    "Waiver",
    "WifiSettings",
    "subject_of",
]


class Campus(Entry):
    """The whole inventory."""

    school: School
    audit: AuditSettings = AuditSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    retention: RetentionSettings = RetentionSettings()
    notify: NotifySettings | None = None
    egress: EgressSettings | None = None
    discovery: DiscoverySettings | None = None
    wifi: WifiSettings | None = None
    credential: tuple[Credential, ...] = ()
    device: tuple[Device, ...] = ()
    place: tuple[Place, ...] = ()
    floor: tuple[Floor, ...] = ()
    uplink: tuple[Uplink, ...] = ()
    subnet: tuple[Subnet, ...] = ()
    log_source: tuple[LogSource, ...] = ()
    service: tuple[Service, ...] = ()
    camera: tuple[Camera, ...] = ()
    waiver: tuple[Waiver, ...] = ()
    controls: ControlsSettings | None = None
    control: tuple[ControlEntry, ...] = ()
    canary: CanarySettings | None = None
    drill: tuple[Drill, ...] = ()
    protected_system: tuple[ProtectedSystem, ...] = ()

    def find_credential(self, credential_id: str) -> Credential | None:
        """The credential of that id, or ``None``."""
        return next((one for one in self.credential if one.id == credential_id), None)

    def find_device(self, device_id: str) -> Device | None:
        """The device of that id, or ``None``."""
        return next((one for one in self.device if one.id == device_id), None)


Target = Device | Place | Uplink | LogSource | Service | Camera | School | ControlEntry | Drill | CanarySettings
"""What a probe can be pointed at."""

CONTROLS = (UrlFilterControl, MalwareControl, IdsAlertControl, WafControl, InboundControl, PortalControl)


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
        Drill: "drill:",
        **dict.fromkeys(CONTROLS, "control:"),
    }
    if isinstance(target, School | CanarySettings):
        return "campus" if isinstance(target, School) else "canary"
    return prefixes.get(type(target), "") + target.id
