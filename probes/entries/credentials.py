"""Who asks: read-only logins, their secrets only by reference."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from probes.entries.base import Entry, Id, SecretRef


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


class DatabaseCredential(Entry):
    """A read-only login of a database."""

    id: Id
    kind: Literal["database"]
    user: str
    password: SecretRef | None = None


Credential = Annotated[
    SnmpV2cCredential | SnmpV3Credential | SshCredential | HttpCredential | DatabaseCredential,
    Field(discriminator="kind"),
]
