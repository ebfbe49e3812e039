"""Where logs are kept: files here or on another machine, search engines, databases, exports, and devices' buffers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from probes.entries.base import Entry, Id, PortNumber

Host = Annotated[str, StringConstraints(min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\W\d][\w$]{0,62}$")]
"""A column of a database as it may stand unquoted; it is quoted all the same."""

TableName = Annotated[str, StringConstraints(pattern=r"^[^\W\d][\w$]{0,62}(\.[^\W\d][\w$]{0,62})?$")]
"""A table or view, with its schema before a full stop where it needs one."""

BaseUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@]+(/[^\s@]*)?$")]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class DirectoryStore(Entry):
    """Log files in a directory of this machine, compressed or not."""

    kind: Literal["directory"]
    path: str
    pattern: str = "**/*"


class SftpStore(Entry):
    """Log files in a directory of another machine, read over SFTP; nothing is written there."""

    kind: Literal["sftp"]
    address: Host
    port: PortNumber = 22
    credential: Id
    path: str = Field(description="远端目录 / directory on that machine")
    pattern: str = "**/*"
    timeout_s: Seconds = 20.0


class OpenSearchStore(Entry):
    """An index of OpenSearch or Elasticsearch; only searches are sent."""

    kind: Literal["opensearch", "elasticsearch"]
    url: BaseUrl
    credential: Id | None = None
    index: Annotated[str, StringConstraints(pattern=r"^[^\s/?#\\]+$")] = Field(
        description="索引或通配，如 fw-* / index or pattern such as fw-*"
    )
    time_field: Annotated[str, StringConstraints(min_length=1)] = "@timestamp"
    where: Mapping[str, str] = Field({}, description="只数这些字段等于该值的记录 / only records with these values")
    ca_file: str | None = Field(None, description="证书颁发机构文件 / file of the certificate authority")
    verify: bool = Field(True, description="校验 HTTPS 证书 / check the certificate")  # noqa: FBT003  pydantic's default
    timeout_s: Seconds = 60.0


class LokiStore(Entry):
    """Streams of Grafana Loki, counted by its own queries."""

    kind: Literal["loki"]
    url: BaseUrl
    credential: Id | None = None
    selector: Annotated[str, StringConstraints(pattern=r"^\{.+\}$")] = Field(
        description='日志流选择器，如 {job="fw"} / stream selector'
    )
    tenant: str | None = Field(None, description="租户 X-Scope-OrgID / tenant")
    ca_file: str | None = Field(None, description="证书颁发机构文件 / file of the certificate authority")
    verify: bool = Field(True, description="校验 HTTPS 证书 / check the certificate")  # noqa: FBT003  as above
    timeout_s: Seconds = 60.0


class DatabaseStore(Entry):
    """What tables of both databases have in common."""

    address: Host
    credential: Id
    database: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    table: TableName
    time_column: Name
    where: Mapping[Name, str] = Field({}, description="只数这些列等于该值的行 / only rows with these values")
    timezone: str | None = Field(
        None, description="不带时区的列所用时区，默认学校时区 / zone of a column that has none; default the school's"
    )
    tls: Literal["off", "on", "verify"] = Field(
        "off", description="off 明文，on 加密，verify 加密并校验证书 / plain, encrypted, encrypted and checked"
    )
    ca_file: str | None = Field(None, description="证书颁发机构文件 / file of the certificate authority")
    timeout_s: Seconds = Field(300.0, description="单条查询的时限（秒） / seconds that one query may take")


class PostgresqlStore(DatabaseStore):
    """A table or view of PostgreSQL, counted in a read-only session."""

    kind: Literal["postgresql"]
    port: PortNumber = 5432


class MysqlStore(DatabaseStore):
    """A table or view of MySQL or MariaDB, counted in a read-only session."""

    kind: Literal["mysql"]
    port: PortNumber = 3306


class TableStore(Entry):
    """CSV and XLSX exports in a directory of this machine, as gateways write them."""

    kind: Literal["table"]
    path: str
    pattern: str = "**/*"
    time_column: str | None = Field(
        None, description="时间列的表头，留空则自动识别 / heading of the time column; recognised when left out"
    )
    sheet: str | None = Field(None, description="工作表名，留空则全部 / one sheet only; all when left out")


class DeviceStore(Entry):
    """The buffer of the device that writes the log, read over its SSH console."""

    kind: Literal["device"]


LogStore = Annotated[
    DirectoryStore | SftpStore | OpenSearchStore | LokiStore | PostgresqlStore | MysqlStore | TableStore | DeviceStore,
    Field(discriminator="kind"),
]
