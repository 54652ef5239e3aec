# Stands in a host's place: answers a batch of checks/evidence/batch.py with what a host of the lab answered.
use strict;
use warnings;
binmode STDIN;
binmode STDOUT;
$| = 1;
# Whoever asks one command a connection is answered at once, and for nothing.
exit 0 if ($ENV{SSH_ORIGINAL_COMMAND} // '') !~ /^exec env LC_ALL=C nice/;
my $scale = $ENV{SCALE} // '/scale';
my $server = (split ' ', $ENV{SSH_CONNECTION})[2];
my ($high, $low) = (split /\./, $server)[2, 3];
open my $count, '<', "$scale/turns" or die;
my $turn = ($high * 250 + $low - 1) % <$count>;
my %known;
open my $file, '<:raw', "$scale/$turn" or die;
while (my $head = <$file>) {
    my ($key, $out, $err, $status) = split ' ', $head;
    read($file, my $k, $key);
    read($file, my $o, $out);
    read($file, my $e, $err);
    $known{$k} = [$o, $e, $status];
}
my ($buffer, $nonce) = ('', '');
while (sysread STDIN, $buffer, 65536, length $buffer) {
    if (!$nonce) {
        next if $buffer !~ /ready.*\n/;
        ($nonce) = $buffer =~ /N=(\S+);/;
        $buffer = '';
        print "$nonce ready 1000 ", time, "\n";
    }
    while ($buffer =~ s/^(q \d+ \d+ \d+ (?:'[^']*'|"[^"]*"|[^'"\s])+\n|left; e=\$\( \{ printf 'C=%s; %s' \$L (?:'[^']*'|"[^"]*")+ \| .*\n.*\n.*\n)//) {
        my $line = $1;
        if ($line =~ /^q/) { answer($line, ''); next; }
        my ($whole) = $line =~ /\$L ((?:'[^']*'|"[^"]*")+)/;
        my ($last) = $line =~ /over (\d+)/;
        answer("$_\n", 'sudo ') for (bare($whole) =~ /^(q \d+ \d+ \d+ (?:'[^']*'|"[^"]*"|[^'"\s])+)$/mg);
        print "\n$nonce begin $last\n\n$nonce end $last\n\nstatus 0\n$nonce over $last\n";
    }
}

sub bare {
    my ($word) = @_;
    $word =~ s/'([^']*)'|"([^"]*)"/defined $1 ? $1 : $2/ge;
    return $word;
}

sub answer {
    my ($line, $before) = @_;
    my ($number, $command) = $line =~ /^q (\d+) \d+ \d+ (.*)\n/s;
    my ($out, $err, $status) = @{$known{$before . bare($command)} // ['', 'never asked', 127]};
    print "\n$nonce begin $number\n$out\n$nonce end $number\n$err\nstatus $status\n$nonce over $number\n";
}
