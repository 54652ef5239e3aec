# Counts who logged in from where, and tells only of accounts that come from more networks, or in an hour from more
# addresses, than is usual, or hand over more messages in an hour. Given are: begin and soon, month, day and hour (mmddhh) between which a line is recent;
# networks, addresses and messages, the usual numbers; trusted, the networks that do not count.
BEGIN {
  hex = "0123456789abcdef"
  for (i = 1; i <= 12; i++) month[substr("JanFebMarAprMayJunJulAugSepOctNovDec", 3 * i - 2, 3)] = i
  ours = split("127.0.0.0/8 ::1/128 " trusted, own, " ")
  for (i = 1; i <= ours; i++) { bits[i] = own[i]; sub(/.*\//, "", bits[i]); sub(/\/.*/, "", own[i]); own[i] = spelt(own[i]) }
}
function octet(n) { return substr(hex, int(n / 16) % 16 + 1, 1) substr(hex, n % 16 + 1, 1) }
function groups(text, part, n, i, found) {
  n = split(text, part, ":")
  for (i = 1; i <= n; i++) found = found substr("0000" part[i], length(part[i]) + 1)
  return found
}
function spelt(address, part, at, found, end) {
  sub(/^::[Ff][Ff][Ff][Ff]:/, "", address)
  if (address !~ /:/) return split(address, part, ".") == 4 ? "4" octet(part[1]) octet(part[2]) octet(part[3]) octet(part[4]) : ""
  address = tolower(address); at = index(address, "::")
  found = "6" groups(at ? substr(address, 1, at - 1) : address); end = at ? groups(substr(address, at + 2)) : ""
  while (length(found) + length(end) < 33) found = found "0"
  return found end
}
function digit(text, at) { return index(hex, substr(text, at, 1)) - 1 }
function of_ours(address, i, whole, rest) {
  for (i = 1; i <= ours; i++) {
    whole = int(bits[i] / 4) + 1; rest = 2 ^ (4 - bits[i] % 4)
    if (substr(address, 1, whole) != substr(own[i], 1, whole)) continue
    if (rest == 16 || int(digit(address, whole + 1) / rest) == int(digit(own[i], whole + 1) / rest)) return 1
  }
  return 0
}
function stamp(part) {
  if ($0 ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][T ][0-9][0-9]/) return substr($0, 6, 2) substr($0, 9, 2) substr($0, 12, 2)
  return split(substr($0, 1, 15), part, /[ :]+/) > 2 && part[1] in month ? sprintf("%02d%02d%02d", month[part[1]], part[2], part[3]) : ""
}
function recent(when) {
  if (begin "" <= soon "") return when "" >= begin "" && when "" <= soon ""
  return when "" >= begin "" || when != "" && when "" <= soon ""
}
function login(name, address, when) {
  when = stamp()
  if (name == "" || !recent(when)) return
  logins++; name = tolower(name)
  if (!(address in place)) { place[address] = spelt(address); if (of_ours(place[address])) place[address] = "" }
  if (place[address] == "") return
  times[name]++; newest[name] = address
  network = substr(place[address], 1, place[address] ~ /^4/ ? 5 : 9); subnet = substr(place[address], 1, 17)
  if (!seen[name, network]++) from[name]++
  if (!seen[name, subnet, when]++ && ++in_hour[name, when] > most[name]) most[name] = in_hour[name, when]
  return 1
}
function message(name, when) {
  when = stamp(); name = tolower(name)
  if (++handed[name, when] > busiest[name]) busiest[name] = handed[name, when]
}
function hidden(name, at) {
  at = index(name, "@")
  return at ? token(substr(name, 1, at - 1)) substr(name, at) : token(name)
}
match($0, /^[^[]*smtpd\[[0-9]+\]: [0-9A-Za-z]+: client=[^] []*\[[0-9A-Fa-f:.]+\][:0-9]*, (sasl_method=[^ ,]*, )?sasl_username=/) {
  said = substr($0, 1, RLENGTH); name = substr($0, RLENGTH + 1)
  sub(/, (sasl_sender|orig_[a-z_]*)=.*/, "", name); sub(/^.*: client=[^[]*\[/, "", said); sub(/\].*/, "", said)
  if (login(name, said)) message(name)
}
match($0, /^[^<(]*(imap|pop3|submission|managesieve)-login: (Info: )?(Login|Logged in): user=</) {
  said = substr($0, RLENGTH + 1); name = said; sub(/>.*/, "", name)
  if (match(said, /, rip=[0-9A-Fa-f:.]+/)) login(name, substr(said, RSTART + 6, RLENGTH - 6))
}
match($0, /^[^<"]* <= [^ "<]+ (U=[^ ]* )?H=/) {
  said = substr($0, RLENGTH - 1); sub(/ T=".*/, "", said)
  if (match(said, / A=[^ :]+:[^ ]+/)) {
    name = substr(said, RSTART + 3, RLENGTH - 3); sub(/^[^:]*:/, "", name)
    if (match(said, /[= ]\[[0-9A-Fa-f:.]+\]/) && login(name, substr(said, RSTART + 2, RLENGTH - 3))) message(name)
  }
}
match($0, /^[^[]*smtpd\[[0-9]+\]: [0-9a-f]+ smtp authentication user=[^ ]+ address=\[?[0-9A-Fa-f:.]+\]? .*result=ok/) {
  said = substr($0, 1, RLENGTH); sub(/^.* smtp authentication user=/, "", said); name = said; sub(/ .*/, "", name)
  sub(/^[^ ]* address=\[?/, "", said); sub(/[] ].*/, "", said)
  login(name, said)
}
END {
  for (name in from) if ((from[name] > networks || most[name] > addresses) && told++ < 50) {
    print "account " hidden(name) " networks " from[name] " addresses " most[name] " logins " times[name] " last " newest[name]
  }
  for (name in busiest) if (busiest[name] > messages && asked++ < 20) {
    alike = 0
    for (other in busiest) if (other != name && busiest[other] * 10 >= busiest[name]) alike++
    print "sender " hidden(name) " messages " busiest[name] " alike " alike
  }
  print "logins " logins + 0
}
