"""Weaknesses of a device's own management, as it is set: Telnet, SNMP v1 and v2c, SSH version 1, plain HTTP and so on.

GB/T 22239-2019, 8.1.4.1 c: 当进行远程管理时，应采取必要措施防止鉴别信息在网络传输过程中被窃听. Nothing is tried
out here: no password, no community but the inventory's own. What was looked for and is not there is reported too
(``present = False``), with the line that shows it; what the device did not let see is not reported at all.

* ``telnet``, ``ftp``, ``tftp``, ``http_admin``: a management service without encryption is switched on.
* ``ssh_v1``: SSH version 1 is allowed. ``legacy_crypto``: the session needed algorithms that are broken or about to be.
* ``snmp_v1``, ``snmp_v2c``: a community is accepted. ``snmp_writable``: one that may write. ``default_community``: one
  that everybody knows.
* ``default_account``, ``plain_password``, ``no_idle_timeout``: of the accounts and lines of the console.
* ``any_any_policy``: a policy that lets everything pass. ``smart_install``: Cisco's unauthenticated installer.
* ``weak_password_policy``: passwords of the device's own accounts may be short, of one kind of character, or old.
* ``password_change_due``: the console asked at login to change the password, which is the initial one or has expired;
  it was answered with no.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import NamedTuple

from probes.campus import Device, SnmpV2cCredential
from probes.consult import Answer, Consultation, consult
from probes.dialect.answers import LONGEST_EVIDENCE
from probes.errors import SecretError, TransportError
from probes.kinds import Exposure
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import Text, text
from probes.transport.snmp_text import plain_text
from probes.transport.ssh import SshSession

ABOUT_PASSWORD = re.compile(r"(?i)password|passwd|口令|密码|change now")
SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
DEFAULT_COMMUNITIES = frozenset({"public", "private", "huawei", "h3c", "admin", "cisco", "ruijie", "snmp", "community"})


class _Seen(NamedTuple):
    """A weakness, and the sentence of its evidence where that is ours and not the device's."""

    exposure: Exposure
    told: Text | None = None


def _can_be_asked(device: Device) -> bool:
    return any((device.snmp, device.ssh, device.http))


@probe(
    yields="exposure", on="device", only=_can_be_asked, touch="read", timeout_s=240.0, expected_s=3.0, expected_mb=0.1
)
async def exposures(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Look at how the device let us in, and ask for what its dialect knows; one observation for each weakness."""
    found: dict[str, _Seen] = {}
    async with consult(ctx, device) as asked:
        answer, failure = await _told(asked)
        for row in answer.rows:
            if "what" in row.groups and "present" in row.groups:
                present = row.groups["present"] == "yes"
                _note(found, _Seen(Exposure(what=row.groups["what"], present=present, evidence=row.evidence)))
        for one in [*await _by_snmp(ctx, device, asked), *await _by_ssh(device, asked)]:
            _note(found, one)
        raw = asked.keep()
    for _, (exposure, told) in sorted(found.items()):
        yield ctx.observe(exposure, method=Method.READ, raw=raw, told=told)
    if found:
        return
    if failure is not None:
        yield ctx.unavailable(failure.reason, failure.text, raw=raw)
    else:
        detail = text("device {device} shows nothing of how it is managed", device=device.id)
        yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, detail, raw=raw)


async def _told(asked: Consultation) -> tuple[Answer, TransportError | None]:
    try:
        answer = await asked.ask("exposure")
    except TransportError as error:
        return Answer(), error
    return answer, next(iter(answer.failures), None)


def _note(found: dict[str, _Seen], one: _Seen) -> None:
    """Of two words about the same weakness the one that it is there counts, else the first."""
    what, present = one.exposure.what, one.exposure.present
    if what not in found or (present and not found[what].exposure.present):
        found[what] = one


async def _by_snmp(ctx: Context, device: Device, asked: Consultation) -> list[_Seen]:
    """What it means that the device answers to the inventory's own community."""
    credential = ctx.campus.find_credential(device.snmp.credential) if device.snmp is not None else None
    if not isinstance(credential, SnmpV2cCredential):
        return []
    with suppress(TransportError, SecretError):
        session = await asked.snmp()
        if (await session.get(SYS_UP_TIME))[SYS_UP_TIME] is not None:
            version = "snmp_v1" if credential.kind == "snmp-v1" else "snmp_v2c"
            return [
                _present(version, text("answers to credential {id}", id=credential.id)),
                *_known_to_all(ctx.world.secret(credential.community), credential.id),
            ]
    return []


def _known_to_all(community: str, credential: str) -> Iterator[_Seen]:
    if community.lower() in DEFAULT_COMMUNITIES:
        yield _present("default_community", text("credential {id}", id=credential))


def _present(what: str, told: Text) -> _Seen:
    return _Seen(Exposure(what=what, present=True, evidence=str(told)), told)


async def _by_ssh(device: Device, asked: Consultation) -> list[_Seen]:
    """What the session had to agree to, and what the server says that it speaks."""
    if device.ssh is None or asked.dialect.console is None:
        return []
    with suppress(TransportError):
        return [_Seen(one) for one in _let_in(await asked.ssh())]
    return []


def _let_in(session: SshSession) -> Iterator[Exposure]:
    weak, server = session.legacy, session.server
    yield Exposure(what="legacy_crypto", present=bool(weak), evidence=", ".join(weak) or server)
    yield Exposure(what="ssh_v1", present=server.startswith("SSH-1"), evidence=server)
    due = [asked for asked in session.declined if ABOUT_PASSWORD.search(asked)]
    if due:
        yield Exposure(what="password_change_due", present=True, evidence=plain_text(due[0], LONGEST_EVIDENCE))
