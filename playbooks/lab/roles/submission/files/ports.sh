#!/bin/sh
# Sets master.cf: 587 with STARTTLS required, 465 with TLS from the first byte, 25 on loopback only.
set -eu
postconf -MX smtp/inet
for loopback in 127.0.0.1 '[::1]'; do
    postconf -M "$loopback:smtp/inet=$loopback:smtp inet n - y - - smtpd"
done
postconf -M 'submission/inet=submission inet n - y - - smtpd' 'submissions/inet=submissions inet n - y - - smtpd'
for service in submission submissions; do
    postconf -P "$service/inet/syslog_name=postfix/$service" \
        "$service/inet/smtpd_tls_security_level=encrypt" \
        "$service/inet/smtpd_sasl_auth_enable=yes" \
        "$service/inet/smtpd_client_restrictions=\$mua_client_restrictions" \
        "$service/inet/smtpd_sender_restrictions=reject_sender_login_mismatch" \
        "$service/inet/smtpd_relay_restrictions=permit_sasl_authenticated,reject" \
        "$service/inet/milter_macro_daemon_name=ORIGINATING"
done
postconf -P submissions/inet/smtpd_tls_wrappermode=yes
postmap hash:/etc/postfix/sender_login
usermod -a -G opendkim postfix
install -d -o opendkim -g postfix -m 0750 /var/spool/postfix/opendkim
install -d -o opendkim -g opendkim -m 0750 /etc/opendkim/keys
