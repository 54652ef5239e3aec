# Lines of a passwd-file whose hash has not the length and letters of its kind (crypt(5)): cut short, or two pasted into one.
# What begins with ! or * is locked on purpose; Dovecot hands SHA256-CRYPT and SHA512-CRYPT to crypt(), which takes any kind.
BEGIN { digest["1"] = 22; digest["5"] = 43; digest["6"] = 86; digest["y"] = 43; digest["gy"] = 43; digest["7"] = 43
  digest["2a"] = 53; digest["2b"] = 53; digest["2x"] = 53; digest["2y"] = 53 }
/^[^#:]/ && NF > 1 {
  hash = $2; scheme = ""
  if (match(hash, /^[{][A-Za-z0-9-]+[}]/)) { scheme = toupper(substr(hash, 2, RLENGTH - 2)); hash = substr(hash, RLENGTH + 1) }
  if (hash !~ /^[$]/) next
  n = split(hash, part, "$"); kind = part[2]
  if (scheme ~ /^SHA(256|512)-CRYPT$/ && n < 4) { print NR, scheme; next }
  if (!(kind in digest)) next
  if (length(part[n]) != digest[kind] || part[n] ~ /[^.\/0-9A-Za-z]/) print NR, (scheme == "" ? "$" kind "$" : scheme)
}
