"""The JSON Schema of the inventory, for editors: from the model of ``probes.campus``, with words in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from auditor.secrets import SECRET_FIELDS
from probes.campus import Campus

SCHEMA_ID = "urn:campus-auditor:inventory"

# What each table is, by the name of its model. Editors show it on hover; the page is read in both languages.
_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "School": "学校本身 / the school itself",
        "ScheduleSettings": "定时任务何时启动 / when the timer starts the night's audit",
        "RetentionSettings": "证据包保留多久 / how long bundles are kept",
        "NotifySettings": "有变化时通知谁 / who hears of changes",
        "SchoolCalendar": "校历：哪些天上课 / which days are school days",
        "Holiday": "一段假期，含首尾两天 / a stretch of days without lessons, both ends included",
        "AuditSettings": "审计设置：指标、并发、存放位置 / how hard the audit may work and where it keeps things",
        "ThroughputSettings": "测速时长与次数 / how long and how often goodput is measured",
        "NightSettings": "夜间测速的时段、限度与抽样 / when tests may load the network at night, and how much",
        "LessonSettings": "上课时段，不测速 / hours of lessons, in which nothing is tested",
        "RoomSampleSettings": "每晚抽测的教室 / which part of the classrooms is tested in one night",
        "EgressSettings": "出口探测；不写则不访问校外 / the way out; without it nothing outside is contacted",
        "DiscoverySettings": "主机发现；不写则不扫描 / looking for hosts; without it nobody is looked for",
        "WifiSettings": "本校无线网络及踏勘；不写则不踏勘 / the school's own wireless networks, and surveys of them",
        "SnmpV2cCredential": "SNMP v1、v2c：团体字 / SNMP v1 or v2c: a community",
        "SnmpV3Credential": "SNMP v3（USM）：无 auth 即 noAuthNoPriv，无 privacy 即 authNoPriv / SNMP v3 (USM)",
        "SshCredential": "SSH 只读账号：口令或私钥 / a read-only login over SSH: password or private key",
        "HttpCredential": "HTTP 账号：用户名和口令，或令牌 / a login over HTTP: user and password, or a token",
        "Device": "可以询问的设备 / a piece of equipment that can be asked",
        "SnmpAccess": "如何用 SNMP 访问设备 / how the device is reached over SNMP",
        "SshAccess": "如何用 SSH 访问设备 / how the device is reached over SSH",
        "HttpAccess": "如何访问设备的网页接口 / how the device's web interface is reached",
        "Place": "场所及其接入端口 / a place and the switch port that serves it",
        "Uplink": "出校线路 / a line out of the school",
        "Subnet": "地址段及其使用者 / a range of addresses and who sits in it",
        "LogSource": "日志来源及其存放处 / something that writes a log, and where the log is kept",
        "DatabaseCredential": "数据库只读账号 / a read-only login of a database",
        "DirectoryStore": "本机目录中的日志文件，可压缩 / log files in a directory of this machine, compressed or not",
        "SftpStore": "另一台机器上的日志文件，经 SFTP 只读 / log files of another machine, read over SFTP",
        "OpenSearchStore": "OpenSearch 或 Elasticsearch 索引 / an index of OpenSearch or Elasticsearch",
        "LokiStore": "Grafana Loki 日志流 / streams of Grafana Loki",
        "PostgresqlStore": "PostgreSQL 表，只读会话 / a table of PostgreSQL, in a read-only session",
        "MysqlStore": "MySQL 或 MariaDB 表，只读会话 / a table of MySQL or MariaDB, in a read-only session",
        "TableStore": "网关导出的 CSV、XLSX 文件 / CSV and XLSX exports of gateways",
        "DeviceStore": "设备自身的日志缓冲区，经 SSH 读取 / the device's own log buffer, read over SSH",
        "Service": "应当在线的系统 / a system that ought to answer",
        "Camera": "摄像机或录像机通道 / a camera or a channel of a recorder",
        "ControlsSettings": "安全功能测试的批准：批准人与期限 / who allowed tests of the safeguards, and until when",
        "UrlFilterControl": "测试：有害网址过滤 / test of the web filter",
        "MalwareControl": "测试：EICAR 无害样本查杀 / test of the malware protection with the EICAR file",
        "IdsAlertControl": "测试：入侵检测告警 / test of the intrusion detection",
        "WafControl": "测试：网站应用防火墙 / test of the web application firewall",
        "InboundControl": "测试：由外向内默认拒绝 / test of the barrier against access from outside",
        "PortalControl": "测试：未认证终端被认证页拦住 / test that a client without login is held by the portal",
        "SyslogTarget": "接收 syslog 的服务器 / a server that receives syslog",
        "CanarySettings": "每夜签名标记，用于证明日志保存天数 / signed markers that prove how long logs are kept",
        "Drill": "溯源演练：带标记的访问 / trace drill: a marked request, to be found in the audit log",
        "ProtectedSystem": "定级系统（等保预检） / a graded system, for the pre-check",
        "VideoAccess": "如何查询录像机或摄像机 / how a recorder or camera is asked for its recordings",
        "Floor": "楼层平面：尺寸、平面图、场所与 AP 的位置 / a floor: its size, plan, and where places and APs are",
        "FloorPlace": "场所在楼层上的轮廓 / where a place is on the floor",
        "FloorAccessPoint": "AP 在楼层上的位置 / where an access point hangs",
        "Scale": "比例尺：平面图上的两点 / the scale, by two points of the plan",
        "Waiver": "有责任人、有期限的例外 / an exception that somebody answers for, until a date",
        "Role": "设备角色 / what a device is there for",
        "Stage": "学段：primary 小学，junior 初中，senior 高中 / stage of schooling",
        "PlaceKind": "场所类型 / what a place is used for",
        "RecordType": "日志内容 / what a log holds records of",
        "ServiceKind": "系统类型 / what a system is for",
        "ServiceProtocol": "系统的通信协议 / what a system speaks",
    }
)

# What each key is, where its model does not say it in both languages: by table and key, or by key alone.
_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "Campus.school": "学校 / the school",
        "Campus.schedule": "定时任务 / the timer",
        "Campus.retention": "证据包的保留 / how long bundles are kept",
        "Campus.notify": "变化通知；不写则不通知 / messages about changes; none where left out",
        "Campus.audit": "审计设置 / settings of the audit",
        "Campus.egress": "出口探测 / the way out",
        "Campus.discovery": "主机发现 / looking for hosts",
        "Campus.wifi": "本校无线网络 / the school's wireless networks",
        "Campus.credential": "登录方式，密钥只写引用 / logins, secrets only by reference",
        "Campus.device": "设备 / devices",
        "Campus.place": "场所 / places",
        "Campus.floor": "楼层平面，用于绘制无线覆盖图 / floors, for the maps of Wi-Fi coverage",
        "Campus.uplink": "出校线路 / lines out of the school",
        "Campus.subnet": "地址段 / ranges of addresses",
        "Campus.log_source": "日志来源 / log sources",
        "Campus.service": "应用系统 / services",
        "Campus.camera": "摄像机 / cameras",
        "Campus.controls": "安全功能测试的批准 / permission for tests of the safeguards",
        "Campus.control": "安全功能测试 / tests of the safeguards",
        "Campus.canary": "每夜签名标记 / signed markers of every night",
        "Campus.drill": "溯源演练 / trace drills",
        "Campus.protected_system": "定级系统 / graded systems",
        "MalwareControl.proxy": "代理服务器 主机:端口 / HTTP proxy, host:port",
        "block_text": "拦截页上的文字 / words of the block page",
        "Drill.within_minutes": "应在多少分钟内查到 / minutes within which it must be found",
        "SyslogTarget.protocol": "传输方式 / transport",
        "VideoAccess.tls": "是否 HTTPS / whether over HTTPS",
        "VideoAccess.rtsp_port": "RTSP 端口 / port of RTSP",
        "Device.video": "录像查询方式 / how its recordings are asked for",
        "Campus.waiver": "例外 / exceptions",
        "AuditSettings.rubric": "指标体系：名称或文件 / rubric: a name or a file",
        "AuditSettings.parallel": "同时进行的任务数 / tasks at once",
        "AuditSettings.per_device": "每台设备同时进行的任务数 / tasks at once for each device",
        "AuditSettings.throughput": "测速 / throughput tests",
        "AuditSettings.night": "夜间测速 / measuring nights",
        "ThroughputSettings.omit_s": "开头不计的秒数 / seconds left out at the start",
        "ThroughputSettings.seconds": "计量的秒数 / seconds that count",
        "ThroughputSettings.repeats": "重复次数 / repetitions",
        "ThroughputSettings.streams": "并行的 TCP 连接数 / parallel TCP streams",
        "DirectoryStore.path": "目录 / directory",
        "DirectoryStore.kind": "存放方式 / kind of store",
        "TableStore.path": "目录 / directory",
        "TableStore.kind": "存放方式 / kind of store",
        "pattern": "目录内的文件模式 / which files in it",
        "database": "数据库名 / database",
        "table": "表名，可写 模式.表 / table, or schema.table",
        "time_column": "时间列 / the column that holds the time",
        "time_field": "时间字段 / the field that holds the time",
        "url": "网址 / web address",
        "LogSource.records": "记录内容 / what it holds records of",
        "LogSource.store": "存放处 / where it is kept",
        "Service.what": "系统类型 / what it is for",
        "Service.url": "网址 / web address",
        "Camera.recorder": "所属录像机（设备 id） / its recorder, the id of a device",
        "Camera.place": "所在场所 id / the id of its place",
        "Device.role": "设备角色 / what the device is there for",
        "Device.snmp": "SNMP 访问 / access over SNMP",
        "Device.ssh": "SSH 访问 / access over SSH",
        "Device.http": "网页访问 / access over HTTP",
        "Subnet.cidr": "地址段，如 10.0.1.0/24 / range such as 10.0.1.0/24",
        "Subnet.use": "用途 / who sits there",
        "Uplink.network": "通往哪个网络 / which network it leads to",
        "Waiver.indicator": "指标编号，如 1.1.2 / id of an indicator",
        "Waiver.until": "截止日期 / last day on which it counts",
        "Waiver.why": "理由 / the reason",
        "Waiver.by": "责任人 / who answers for it",
        "SnmpV3Credential.auth": "认证算法 / authentication protocol",
        "SnmpV3Credential.privacy": "加密算法 / privacy protocol",
        "HttpAccess.tls": "是否 HTTPS / whether over HTTPS",
        "SnmpAccess.max_repetitions": "每次批量读取的行数 / rows for each bulk request",
        "Place.kind": "场所类型 / what it is used for",
        "id": "短名称，全表唯一，无空格、冒号、斜杠 / short name, unique in its table, no blank, colon or slash",
        "name": "显示名称 / name for people",
        "kind": "类型 / kind",
        "user": "用户名 / user name",
        "password": "口令引用 / reference to the password",
        "auth_key": "认证密钥引用 / reference to the authentication key",
        "privacy_key": "加密密钥引用 / reference to the privacy key",
        "key_passphrase": "私钥口令引用 / reference to the private key's passphrase",
        "token": "令牌引用 / reference to the token",
        "credential": "登录方式 id / id of a credential",
        "port": "端口号 / port number",
        "address": "IP 地址或主机名 / address or host name",
        "timeout_s": "超时（秒） / seconds until it gives up",
        "retries": "重试次数 / repetitions after no answer",
        "building": "楼宇 / building",
        "floor": "楼层 / floor",
    }
)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of an inventory file; every table and key is described in both languages."""
    found = Campus.model_json_schema()
    found.update(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": SCHEMA_ID,
            "title": "campus-auditor 清单 / inventory",
            "description": "学校网络的清单 / what there is to look at in a school's network",
        }
    )
    _describe("Campus", found)
    for name, definition in found["$defs"].items():
        definition["description"] = _TABLES.get(name, definition.get("description", ""))
        _describe(name, definition)
    return dict(sorted(found.items(), key=lambda item: (not item[0].startswith("$s"), item[0] != "$id", item[0])))


def _describe(table: str, definition: dict[str, Any]) -> None:
    for key, node in definition.get("properties", {}).items():
        node.pop("title", None)  # the key again, in capitals
        words = _KEYS.get(f"{table}.{key}") or node.get("description") or _KEYS.get(key)
        _drop_nothing(node)
        if (table.endswith("Credential") and key in SECRET_FIELDS) or key == "responder_secret":
            node["pattern"] = "^(env|file|keyring):.+$"
        if words is not None:
            node["description"] = words


def _drop_nothing(node: dict[str, Any]) -> None:
    """TOML has no null: what may be nothing is simply left out."""
    branches = [one for one in node.get("anyOf", []) if one.get("type") != "null"]
    if len(branches) == 1 and len(node["anyOf"]) > 1:
        del node["anyOf"], node["default"]
        node.update(branches[0])
