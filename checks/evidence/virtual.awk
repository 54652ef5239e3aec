# Follows Postfix's virtual aliases as cleanup(8) does, and tells those that end nowhere. Tab separated, in:
#   A key targets    an alias            C key result   what a canonical map makes of a mailbox's address (or @domain)
#   M key            a mailbox           D domain       a domain whose mailboxes are all known
#   X                a table that cannot be read out: what is not known may still exist
# out: loop key; lost key target; hidden @domain mailboxes; moved key result; and at last: known aliases mailboxes.
# Variables: delimiter (recipient_delimiter), origin (myorigin).

BEGIN { FS = "\t" }
$1 == "A" { aliases += !(tolower($2) in alias); alias[tolower($2)] = tolower($3) }
$1 == "M" { boxes += !(tolower($2) in box); box[tolower($2)] = 1 }
$1 == "C" { canonical[tolower($2)] = tolower($3) }
$1 == "D" { ours[tolower($2)] = 1 }
$1 == "X" { partly = 1 }

function domain(address) { return substr(address, index(address, "@") + 1) }
function bare(address,  at, cut, n) {
    at = index(address, "@")
    for (n = 1; n <= length(delimiter); n++)
        if ((cut = index(substr(address, 2, at - 2), substr(delimiter, n, 1))) > 0)
            return substr(address, 1, cut) substr(address, at)
    return address
}
# The key that an address is found by: itself, without its extension, or its whole domain; empty if there is none.
function entry(table, address,  at) {
    if (address in table) return address
    if (bare(address) in table) return bare(address)
    at = "@" domain(address)
    return at in table ? at : ""
}
function lost(address) {
    return !partly && (domain(address) in ours) && entry(alias, address) == "" && entry(box, address) == ""
}
# Postfix gives up at virtual_alias_recursion_limit (1000); nobody nests on purpose as deep as 40.
function follow(address, start, depth,  key, targets, count, n, each) {
    if (said[start] || steps++ > 500000) return
    key = entry(alias, address)
    if (key == "") {
        if (depth && lost(address)) { print "lost\t" start "\t" address; said[start] = 1 }
        return
    }
    if (depth > 40) { print "loop\t" start; said[start] = 1; return }
    count = split(alias[key], targets, /[, \t]+/)
    for (n = 1; n <= count; n++) {
        each = targets[n]
        if (each == "") continue
        if (index(each, "@") == 0) each = each "@" origin
        if (each == address) continue
        follow(each, start, depth + 1)
    }
}
END {
    for (key in alias) {
        if (substr(key, 1, 1) != "@" && index(key, "@")) follow(key, key, 0)
        at = domain(key)
        if (substr(key, 1, 1) == "@" && (at in ours) && alias[key] != key) caught[at] = 1
    }
    for (key in box) {
        at = domain(key)
        if ((at in caught) && substr(key, 1, 1) != "@" && !(key in alias)) hidden[at]++
        result = key in canonical ? canonical[key] : ("@" at in canonical) ? canonical["@" at] : ""
        if (substr(result, 1, 1) == "@") result = substr(key, 1, index(key, "@") - 1) result
        if (result != "" && result != key && lost(result)) print "moved\t" key "\t" result
    }
    for (at in hidden) print "hidden\t@" at "\t" hidden[at]
    print "known\t" aliases + 0 "\t" boxes + 0
}
