# token(name): what stands in the place of a person's name, as people.py makes it; for names in small letters.
BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i }
function token(name, h, i) {
  if (!(name in known)) {
    h = 7
    for (i = 1; i <= length(name); i++) h = (h * 131 + code[substr(name, i, 1)]) % 268435399
    known[name] = sprintf("u%07x", h)
  }
  return known[name]
}
