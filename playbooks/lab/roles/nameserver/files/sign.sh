#!/bin/sh
# Makes one signing key for the root and each zone named, and writes the DS records that hold the tree together.
set -eu
cd /etc/knot/zones
parent_of() { case $1 in *.test) echo test ;; *) echo root ;; esac; }
for zone in . "$@"; do
    [ -n "$(keymgr "$zone" list 2>/dev/null)" ] || keymgr "$zone" generate algorithm=ecdsap256sha256 ksk=yes zsk=yes >/dev/null
done
: >root.ds
: >test.ds
for zone in "$@"; do
    keymgr "$zone" ds | awk '$5 == 2' | while read -r owner type tag algorithm digest_type digest; do
        [ "$zone" = bogus.test ] && digest=$(printf '%064d' 0)
        echo "$owner $type $tag $algorithm $digest_type $digest" >>"$(parent_of "$zone").ds"
    done
done
keymgr . ds | awk '$5 == 2' >/etc/unbound/lab-root.key
chown -R knot:knot /var/lib/knot
rm -f /etc/unbound/unbound.conf.d/root-auto-trust-anchor-file.conf
