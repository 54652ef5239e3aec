"""What Ansible made of a host over ssh: kept as an overlay, and used again until its sources change."""

import hashlib
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import authority
import host as machines
import keys
import lately
import roots
from commands import run, say
from fleet import CONTROLLER, HOSTS, Address, Host
from paths import CA, CHECKOUT, CONFIGURED, FACTS, HERE, INVENTORY, RUN, SSH, STORE

PLAYBOOK = HERE.parent / "lab.yml"


def write_facts() -> None:
    """Write what the playbook must know and only the lab knows: addresses, public keys, stored passwords."""
    passwords = keys.make_passwords()
    facts = {
        "lab_hosts": {h.name: host_facts(h) for h in HOSTS},
        "lab_controller": {"v4": CONTROLLER.v4, "v6": CONTROLLER.v6, "reverse": reverse(CONTROLLER)},
        "lab_store": str(STORE),
        "lab_tlsa": {h.name: authority.public_key_digest(h.name) for h in HOSTS if h.names},
        "lab_dkim": {domain: keys.dkim_record(domain) for domain in ("alpha.test", "beta.test")},
        "lab_passwords": {box: keys.stored_password(box, password) for box, password in passwords.items()},
    }
    half = FACTS.with_suffix(".half")
    half.touch(0o600)
    half.write_text(json.dumps(facts, indent=1))
    half.rename(FACTS)


def reverse(address: Address) -> list[str]:
    """The names of an address pair in the reverse zones, without the last dot."""
    return [ipaddress.ip_address(a).reverse_pointer for a in (address.v4, address.v6)]


def host_facts(host: Host) -> dict[str, object]:
    """A host's names and addresses, as the playbook's templates need them."""
    v4, v6 = [a.v4 for a in host.addresses], [a.v6 for a in host.addresses]
    return {
        "fqdn": host.fqdn, "suite": host.suite, "roles": host.roles, "certificates": list(authority.certificates(host)),
        "v4": v4, "v6": v6, "reverse": [reverse(a) for a in host.addresses],
    }  # fmt: skip


def fingerprint(host: Host) -> str:
    """Changes whenever anything does that a host's configured state was made from."""
    sources = [
        PLAYBOOK,
        HERE / "mail.yml",
        HERE / "install.sh.j2",
        FACTS,
        INVENTORY / "ansible.cfg",
        SSH / f"host-{host.name}.pub",
        SSH / "configure.pub",
        SSH / "audit.pub",
    ]
    for role in ("common", *host.roles):
        sources += sorted(p for p in (HERE / "roles" / role).rglob("*") if p.is_file())
    sources += [CA / f"{name}.pem" for name in authority.certificates(host)]
    total = hashlib.sha256(
        "\0".join([*map(str, roots.lower(host)), host.fqdn, *host.roles, str(host.addresses)]).encode()
    )
    for path in sources:
        total.update(path.read_bytes() if path.exists() else b"")
    return total.hexdigest()[:16]


def state(host: Host) -> Path:
    """Where the configured state of a host is, or will be."""
    return CONFIGURED / f"{host.name}-{fingerprint(host)}"


def lower(host: Host) -> tuple[Path, ...]:
    """The read-only directories under a running host, topmost first."""
    return (state(host) / "upper", *roots.lower(host))


def configure(stale: list[Host]) -> str:
    """Boot hosts on a fresh overlay, run the playbook on them, keep the result; what went wrong, if anything."""
    for host in stale:
        machines.kill(host)
        half = half_state(host)
        shutil.rmtree(half, ignore_errors=True)
        machines.mount_root(host, roots.lower(host), half)
        seed(host)
        machines.boot(host, [])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda host: machines.wait_ready(host, (22,)), stale))
    complaint, failed = play(stale)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(machines.power_off, stale))
    for host in stale:
        if host.name in failed:
            continue
        shutil.rmtree(half_state(host) / "work", ignore_errors=True)
        if not host.weary:
            clear_logs(half_state(host) / "upper/var/log")
        half_state(host).rename(state(host))
    remove_old()
    return complaint


def clear_logs(logs: Path) -> None:
    """Empty the logs: what happened while a host was half configured is no news of a configured one."""
    for path in logs.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.suffix != ".journal":
            os.truncate(path, 0)
    for journal in logs.rglob("*.journal*"):
        journal.unlink()


def half_state(host: Host) -> Path:
    """Where a state is being made."""
    return CONFIGURED / f"{host.name}.half"


def remove_old() -> None:
    """Remove states that no source can lead to any more and no instance uses."""
    wanted = {state(h) for h in HOSTS}
    for path in [path for path in CONFIGURED.iterdir() if path.is_dir() and path.suffix != ".half"]:
        if path not in wanted and not lately.used(path) and not roots.in_use(path / "upper"):
            shutil.rmtree(path)
            lately.mark(path).unlink(missing_ok=True)


def seed(host: Host) -> None:
    """Write what a host needs before Ansible can reach it: its name, its resolver, its ssh keys."""
    at = machines.root(host)
    (at / "etc/hostname").write_text(f"{host.name}\n")
    (at / "etc/machine-id").write_text(hashlib.md5(host.fqdn.encode(), usedforsecurity=False).hexdigest() + "\n")
    own = "".join(f"{address} {host.fqdn} {host.name}\n" for address in (host.addresses[0].v4, host.addresses[0].v6))
    (at / "etc/hosts").write_text(f"127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n{own}")
    resolv = at / "etc/resolv.conf"
    resolv.unlink(missing_ok=True)
    resolv.write_text("nameserver 10.77.1.54\noptions edns0 trust-ad\n")
    for old in (at / "etc/ssh").glob("ssh_host_*"):
        old.unlink()
    key = at / "etc/ssh/ssh_host_ed25519_key"
    shutil.copyfile(SSH / f"host-{host.name}", key)
    key.chmod(0o600)
    shutil.copyfile(SSH / f"host-{host.name}.pub", key.with_suffix(".pub"))
    machines.touch_stamps(at)
    (at / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(SSH / "configure.pub", at / "root/.ssh/authorized_keys")


def ansible_playbook() -> str:
    """The ansible-playbook to use: the checkout's own if there is one."""
    own = CHECKOUT / ".venv/bin/ansible-playbook"
    found = str(own) if own.exists() else shutil.which("ansible-playbook")
    return found or sys.exit("lab: ansible-playbook is missing: make the virtual environment first (make .venv)")


def play(hosts: list[Host]) -> tuple[str, set[str]]:
    """Run the lab's playbook on hosts, over ssh as root; what went wrong (empty if nothing), and on which."""
    log = RUN / "configure.log"
    say(f"configuring {', '.join(h.name for h in hosts)} with Ansible (log: {log})")
    argv = [
        ansible_playbook(), "-i", INVENTORY / "hosts.yml", PLAYBOOK, "--limit", ",".join(h.name for h in hosts),
        "-e", f"@{FACTS}",        "-e", "ansible_user=root", "-e", f"ansible_ssh_private_key_file={SSH}/configure",
    ]  # fmt: skip
    env = {
        **os.environ,
        "ANSIBLE_CONFIG": str(INVENTORY / "ansible.cfg"),
        "ANSIBLE_HOME": str(STORE / "ansible"),
        "LC_ALL": "C.UTF-8",
    }
    with log.open("w") as out:
        done = subprocess.run(
            ["timeout", "900", *map(str, argv)], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, check=False
        )
    recap = log.read_text().partition("PLAY RECAP")[2]
    good = set(re.findall(r"^(\S+) +: ok=\d.* unreachable=0 +failed=0 ", recap, re.MULTILINE))
    failed = {h.name for h in hosts} - good
    if not done.returncode and not failed:
        return "", set()
    errors = re.findall(
        r"^(?:fatal|failed): .*?(?=^TASK|^PLAY|^changed|^ok|\Z)", log.read_text(), re.MULTILINE | re.DOTALL
    )
    return f"{''.join(errors)[-4000:]}\nlab: Ansible failed on {', '.join(sorted(failed))}; all of it: {log}", failed


def forget_ssh_masters() -> None:
    """Close Ansible's kept connections: after a reset they would lead to a host that is gone."""
    for socket in (RUN / "cp").glob("*"):
        run("sh", "-c", 'ssh -F /dev/null -o ControlPath="$1" -O exit lab 2>/dev/null; rm -f "$1"', "sh", socket)
