# Of a zone as knotc zone-read or named-checkzone -D writes it: that it was read, and its TXT records under _domainkey.
NR == 1 { print (/^error/ ? (/no such zone/ ? "none " : "unread ") : "zone ") zone }
{
  line = $0; sub(/^\[[^]]*\] /, "", line)
  if (tolower(line) !~ /^[^ \t]+[.]_domainkey[.]/) next
  split(line, word)
  if (sub(/^[^ \t]+[ \t]+([0-9]+[ \t]+)?(IN[ \t]+)?TXT[ \t]+/, "", line)) print "key " word[1] " " line
}
