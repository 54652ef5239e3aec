#!/bin/sh
# The faults of neglected1 that are not a file of configuration; see playbooks/lab/neglected1.yml.
set -eu

chmod 0755 /etc/ssl/private
chmod 0644 /etc/ssl/private/neglected1.key
systemctl disable -q chrony unattended-upgrades logrotate.timer apt-daily.timer apt-daily-upgrade.timer dovecot
systemctl enable -q old-webmail mail-backup postfix rc-local
printf 'APT::Periodic::Update-Package-Lists "0";\nAPT::Periodic::Unattended-Upgrade "0";\n' >/etc/apt/apt.conf.d/20auto-upgrades
printf 'PermitRootLogin yes\nPasswordAuthentication yes\n' >/etc/ssh/sshd_config.d/10-hardening.conf
sed -i '/imklog/d' /etc/rsyslog.conf
rm -f /etc/logrotate.d/rsyslog

# apt believes that the openssl command is three years old, so a security update of it is pending.
sed -i '/^Package: openssl$/,/^$/s/^Version: .*/Version: 3.0.9-1/' /var/lib/dpkg/status

printf '0.0.0.0/0 OK\n::/0 OK\n' >/etc/postfix/friends
printf 'mailer-daemon: root\nroot: victim\n' >/etc/aliases
newaliases
printf 'postmaster@neglected.test REJECT too much spam comes in here\n' >/etc/postfix/refused
postmap hash:/etc/postfix/refused
useradd -m -s /bin/bash victim
postconf -M 'submission/inet=submission inet n - y - - smtpd'
postconf -P 'submission/inet/syslog_name=postfix/submission'

# A mailbox that nobody empties fills the partition of /var/mail (96 MiB).
mkdir -p /var/mail
{
    printf 'From spam@outside.test Mon Jan  5 10:00:00 2026\nFrom: spam@outside.test\nSubject: offer\n\n'
    head -c 65000000 /dev/urandom | base64
} >/var/mail/victim
chown victim:mail /var/mail/victim
chmod 0660 /var/mail/victim

# Messages that wait for a smarthost that is gone. They are accepted now, then made to look as old as they would be.
systemctl stop postfix postfix@-
while postfix status 2>/dev/null; do sleep 0.2; done
postconf -e defer_transports=smtp smtpd_sasl_auth_enable=no
postfix start
python3 - <<'PYTHON'
import smtplib, time

for attempt in range(50):
    try:
        session = smtplib.SMTP("127.0.0.1", 25, "localhost", timeout=10)
        break
    except OSError:
        time.sleep(0.2)
for number in range(320):
    session.sendmail("victim@neglected.test", [f"customer{number}@example{number % 7}.outside.test"],
                     f"From: victim@neglected.test\nTo: customer{number}@outside.test\nSubject: invoice {number}\n\nPlease pay.\n")
session.quit()
PYTHON
for _ in $(seq 100); do
    [ -z "$(find /var/spool/postfix/active /var/spool/postfix/incoming -type f)" ] && break
    sleep 0.2
done
postfix stop
postconf -X defer_transports
postconf -e smtpd_sasl_auth_enable=yes
python3 - <<'PYTHON'
import pathlib, re, time

# A queue file begins with its size record; the time record `T` follows: length, seconds, microseconds.
for number, path in enumerate(sorted(pathlib.Path("/var/spool/postfix/deferred").rglob("*"))):
    if path.is_file():
        stamp = str(int(time.time() - (3 + number % 70 / 10) * 86400)).encode()
        path.write_bytes(re.sub(rb"(T[\x0f-\x14])\d{10}( \d+)", lambda m: m[1] + stamp + m[2], path.read_bytes(), count=1))
PYTHON

# A log that nothing rotates: a year of it (a hole, so that it takes no room), then what happened lately.
log=/var/log/mail.log
python3 - "$log" <<'PYTHON'
import datetime, sys

now = datetime.datetime.now(datetime.timezone.utc)
with open(sys.argv[1], "w") as log:
    log.write("2025-11-02T04:11:09.100000+00:00 neglected1 postfix/master[412]: daemon started -- version 3.7.6, configuration /etc/postfix\n")
    log.seek(1_300_000_000)
    log.write("\n")
    for number in range(2600):
        when = (now - datetime.timedelta(seconds=(2600 - number) * 33)).isoformat()
        log.write(f"{when} neglected1 postfix/smtpd[{9000 + number}]: warning: unknown[203.0.113.{number % 200}]: SASL LOGIN authentication failed: UGFzc3dvcmQ6\n")
PYTHON
chown root:adm "$log"
chmod 0640 "$log"
