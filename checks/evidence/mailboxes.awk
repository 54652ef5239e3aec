# Which mailboxes a host hands on, and which another one has: tokens in the place of names. Needs token.awk before it.
# Tab separated, in:
#   D domain way     a domain that is handed on, and the transport that it takes
#   K address        a mailbox that mail is taken for
#   A key targets    what an alias makes of it (or of @domain)      C key result   what a canonical map makes of it
#   T key transport  a transport of its own                         X              a list that cannot be read out
#   U name           a user of the host that has the mailboxes
# out: domain token (a user without a domain: "- token"), or those that were asked for: address, address as it is
# looked up; at last ~ and the number of all, unless a list could not be read out.
# Variables: delimiters (of the host that has the mailboxes), fold (it takes a and A for the same), wanted (tokens and
# domains, as token/domain).

BEGIN { FS = "\t"; count = split(wanted, each, " "); for (i = 1; i <= count; i++) asked[each[i]] = 1 }
$1 == "X" { lost = 1 }
$1 == "D" { way[tolower($2)] = $3 }
$1 == "K" && index($2, "@") > 1 { box[tolower($2)] = 1 }
$1 == "T" && !(tolower($2) in own) { own[tolower($2)] = $3 }
($1 == "A" || $1 == "C") && !(($1, tolower($2)) in goal) { goal[$1, tolower($2)] = tolower($3) }
$1 == "U" { user[fold ? tolower($2) : $2] = 1 }

function domain(address) { return substr(address, index(address, "@") + 1) }
function holds(targets, address) {
    gsub(/[, \t]+/, " ", targets)
    return index(" " targets " ", " " address " ") > 0
}
# Rewritten to others alone, or of a domain that is, and not spared.
function rewritten(kind, address,  at) {
    at = "@" domain(address)
    if ((kind, address) in goal) return !holds(goal[kind, address], address)
    return (kind, at) in goal && goal[kind, at] != at
}
function handed(address) {
    if (!(domain(address) in way) || rewritten("A", address) || rewritten("C", address)) return 0
    return !(address in own) || own[address] == way[domain(address)]
}
# As Dovecot looks an address up: up to the first of its delimiters.
function cut(name,  n) {
    for (n = 1; n <= length(name); n++) if (index(delimiters, substr(name, n, 1))) return substr(name, 1, n - 1)
    return name
}
END {
    for (address in box) {
        if (!handed(address)) continue
        at = domain(address); name = cut(substr(address, 1, index(address, "@") - 1)); number++
        if (!count) print at " " token(name)
        else if ((token(name) "/" at) in asked) print address "\t" name "@" at
    }
    for (name in user) {
        number++
        if (index(name, "@") == 0) print "- " token(name)
        else if (domain(name) in way) print domain(name) " " token(substr(name, 1, index(name, "@") - 1))
    }
    if (!lost) print "~ " number + 0
}
