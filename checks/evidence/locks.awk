# Accounts of a passwd-file: "locked" with a ! or * before a hash that is still there, "open" with any other password. One
# without a password, or with no hash behind the !, never had one to log in with.
/^[^#:]/ && NF > 1 {
  hash = $2; sub(/^[{][A-Za-z0-9.-]+[}]/, "", hash)
  if (hash ~ /^[!*]+[$][0-9a-z-]+[$][^$]/) state = "locked"
  else if (hash == "" || hash ~ /^[!*]/ || hash == "x" || $0 ~ /[ :\t]nologin([ =\t]|$)/) next
  else state = "open"
  n = tolower($1); at = index(n, "@")
  print (at ? token(substr(n, 1, at - 1)) substr(n, at) : token(n)), state, FNR, FILENAME
}
