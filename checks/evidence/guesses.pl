# Tries the few passwords that everybody tries first against the hashes of passwd-files, by crypt(3), until SECONDS are over.
# Arguments: SECONDS, then for each file the scheme of passwords that name none, and its path. Neither guess nor hash is written
# anywhere; told are names (which token.awk hides), the kind of the guess, line and path. Hashes that take long by design, or
# that crypt(3) does not know, are only counted. Short names come first: they are offices, and guessed before others.
use strict;
my ($seconds, $begun, @all) = (shift, time);
my ($most, $hits, $other, $names, $full) = (20000, 200, 0, 0, 0);
sub quick {
  my $h = shift;
  return 1 if $h =~ m{^\$1\$|^[./0-9A-Za-z]{13}$|^\$g?y\$j[./0-9AB]};
  return $1 <= 12 if $h =~ /^\$2[abxy]\$(\d\d)\$/;
  return $h =~ /^\$[56]\$rounds=(\d+)\$/ ? $1 <= 100000 : $h =~ /^\$[56]\$/;
}
sub over { my ($user, $system) = times; return $user + $system > $seconds || time - $begun > 2 * $seconds }
sub guesses {
  my ($local, $domain) = split /@/, lc shift, 2;
  my ($label) = split /[.]/, $domain // "";
  my %known;
  return grep { $$_[1] ne "" && !$known{$$_[1]}++ } ["name", $local], ["word", "123456"], ["word", "password"],
    ["name", defined $domain ? "$local\@$domain" : ""], ["domain", $label // ""], ["reversed", scalar reverse $local],
    ["word", "12345678"];
}
while (my ($default, $path) = splice @ARGV, 0, 2) {
  open my $file, "<", $path or exit 2;
  while (my $line = <$file>) {
    last if @all + $other >= $most;
    $line =~ s/[\r\n]+$//;
    my ($name, $stored) = split /:/, $line;
    next if $line =~ /^#|[ :\t]nologin([ =\t]|$)/ || ($name // "") eq "" || ($stored // "") eq "";
    my $scheme = $stored =~ s/^\{([A-Za-z0-9.-]+)\}// ? uc $1 : $stored =~ /^(x$|[!*])/ ? "" : $default;
    my $plain = $scheme =~ /^(PLAIN|CLEAR|CLEARTEXT)$/ && $stored !~ /^\$[0-9a-z]+\$/;
    next if $stored eq "" || $scheme eq "" || (!$plain && $stored =~ /^[!*]/);
    if ($plain || ($scheme =~ /CRYPT$|^MD5$/ || $stored =~ /^\$/) && quick($stored)) {
      push @all, { name => $name, stored => $stored, plain => $plain, at => "$.\t$path", left => [guesses($name)] };
    } else { $other++ }
  }
}
@all = sort { length $$a{name} <=> length $$b{name} || $$a{name} cmp $$b{name} } @all;
for my $round (0 .. 6) {
  for my $one (@all) {
    last if over();
    my $guess = shift @{$$one{left}} or next;
    my $made = $$one{plain} ? $$guess[1] : crypt $$guess[1], $$one{stored};
    $names++ if !$round;
    $full++ if !@{$$one{left}};
    next if !defined $made || $made ne $$one{stored};
    $full++ if @{$$one{left}};
    $$one{left} = [];
    (my $shown = lc substr $$one{name}, 0, 300) =~ s/[^\x21-\x7e]/?/g;
    print "hit\t$shown\t$$guess[0]\t$$one{at}\n" if $hits-- > 0;
  }
}
print join("\t", "end", scalar(@all), $names, $full, $other), "\n";
