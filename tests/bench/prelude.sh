# What a fault's commands may use besides those of the host. STORE_* come from the lab's certificate authority.

# certify FILE FROM DAYS NAME...: write a certificate for the host's own key, as if it had been issued at FROM
# ("60 days ago"), with the intermediate behind it. KEY names another key than the host's.
certify() {
    file=$1 from=$2 days=$3
    shift 3
    key=${KEY:-/etc/ssl/private/$(hostname).key}
    printf '%s\n' "$LAB_CA_KEY" >/run/ca.key
    printf '%s\n' "$LAB_CA_CERTIFICATE" >/run/ca.pem
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=critical,CA:FALSE\n' \
        "$(printf 'DNS:%s,' "$@" | sed 's/,$//')" >/run/ca.extensions
    openssl req -new -key "$key" -subj "/CN=$1" -out /run/ca.request
    faketime "$from" openssl x509 -req -in /run/ca.request -CA /run/ca.pem -CAkey /run/ca.key -days "$days" \
        -extfile /run/ca.extensions -out /run/ca.new 2>/dev/null
    cat /run/ca.new /run/ca.pem >"$file"
    rm -f /run/ca.*
}

# age HOURS: make every waiting message of Postfix's queue look so many hours old (its time record begins with T).
age() {
    python3 - "$1" <<'PYTHON'
import pathlib, re, sys, time

stamp = str(int(time.time() - float(sys.argv[1]) * 3600)).encode()
for folder in ("deferred", "hold", "incoming", "active", "maildrop"):
    for path in pathlib.Path("/var/spool/postfix", folder).rglob("*"):
        if path.is_file():
            old = path.read_bytes()
            new = re.sub(rb"(T[\x0b-\x14])\d{10}( \d+)?", lambda m: m[1] + stamp + (m[2] or b""), old, count=1)
            with path.open("r+b") as file:
                file.write(new)
PYTHON
}

# republish ZONE: load a zone file that was edited, sign it, and let the resolver forget what it knew.
republish() {
    knotc -b zone-reload "$1" >/dev/null
    unbound-control -q flush_zone "$1"
    unbound-control -q flush_negative
}

# meddle MODE PORT V4 V6 HOST: in the router, put a box before this port (see middlebox.py; it ends by itself).
meddle() {
    setsid python3 tests/bench/middlebox.py "$@" >/dev/null 2>&1 </dev/null &
    nft add table inet meddling
    nft add chain inet meddling before '{ type nat hook prerouting priority dstnat; }'
    nft add rule inet meddling before ip daddr "$3" tcp dport "$2" redirect to :2525
    nft add rule inet meddling before ip6 daddr "$4" tcp dport "$2" redirect to :2525
    until ss -ltn | grep -q ':2525 '; do sleep 0.2; done
}
