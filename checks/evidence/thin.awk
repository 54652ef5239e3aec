# Thins a mail log on the host: drops the lines that tell no check anything, and puts tokens in the place of people.
# Needs token.awk before it.
/\]: (connect from |disconnect from |statistics: |[0-9A-Za-z]+: (removed$|client=|uid=|message-id=|from=<[^>]*>, size=))/ { thinned++; next }
/dovecot: ((imap|pop3|submission|managesieve)-login: (Info: )?Login: |(imap|pop3)\([^)]*\).*: (Disconnected|Connection closed|Logged out))/ { thinned++; next }
{
  kept = ""; rest = $0
  while (match(rest, /[^][<>@ =,;:()"]+@[A-Za-z0-9]/)) {
    kept = kept substr(rest, 1, RSTART - 1) token(tolower(substr(rest, RSTART, RLENGTH - 2)))
    kept = kept substr(rest, RSTART + RLENGTH - 2, 2); rest = substr(rest, RSTART + RLENGTH)
  }
  rest = kept rest; kept = ""
  while (match(rest, /(sasl_username=|set_id=|user=<?|(imap|pop3|lmtp|lda)\()[^][@<>,;:() ]+/)) {
    name = substr(rest, RSTART, RLENGTH); sub(/^(sasl_username=|set_id=|user=<?|[a-z0-9]+\()/, "", name)
    end = RSTART + RLENGTH; known_already = substr(rest, end, 1) == "@"
    kept = kept substr(rest, 1, end - 1 - length(name)) (known_already ? name : token(tolower(name))); rest = substr(rest, end)
  }
  print kept rest
}
END { print "# thinned " thinned + 0 }
