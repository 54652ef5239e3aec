"""A box on the way that meddles with SMTP: runs in the lab's router, for faults that no mail server makes by itself.

    python3 tests/bench/middlebox.py MODE PORT SERVER_V4 SERVER_V6 HOST

strip: takes STARTTLS out of what the server offers. twice: ends TLS itself (with HOST's own certificate) and hands the
server's offer through unchanged, STARTTLS included. injectable: ends TLS itself, and takes what arrived in the clear
behind STARTTLS for something that was said inside.
"""

import asyncio
import contextlib
import ssl
import sys
from functools import partial
from pathlib import Path

AUTHORITY = Path("/var/lib/mailassay-lab/ca")
SECONDS = 240  # then it ends by itself: putting the router back only takes its redirection away
LISTEN = 2525


class Box:
    """One of them, between clients and one port of one server."""

    def __init__(self, mode: str, port: int, host: str) -> None:
        self.mode, self.port = mode, port
        self.inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.inside.load_cert_chain(AUTHORITY / f"{host}.chain.pem", AUTHORITY / f"{host}.key")
        self.towards = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.towards.check_hostname, self.towards.verify_mode = False, ssl.CERT_NONE

    async def serve(self, server: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's session, until either side ends it."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            from_server, to_server = await asyncio.open_connection(server, self.port)
            writer.write(await reply(from_server))
            while line := await reader.readline():
                if line.strip().upper() == b"STARTTLS" and self.mode != "strip":
                    await self.end_tls(reader, writer)
                    continue
                to_server.write(line)
                said = await reply(from_server)
                writer.write(without_starttls(said) if self.mode == "strip" else said)
                if line.strip().upper() == b"QUIT":
                    break
        writer.close()

    async def end_tls(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer STARTTLS ourselves; towards the server the session stays as it is, and so does what it offers."""
        # The lost place in the buffer is the flaw of the `injectable` one.
        kept = bytes(reader._buffer)  # type: ignore[attr-defined]
        reader._buffer.clear()  # type: ignore[attr-defined]
        writer.write(b"220 2.0.0 Ready to start TLS\r\n")
        await writer.start_tls(self.inside)
        if self.mode == "injectable":
            reader.feed_data(kept)


async def reply(reader: asyncio.StreamReader) -> bytes:
    """A whole reply of the server."""
    said = b""
    while line := await reader.readline():
        said += line
        if line[3:4] != b"-":
            break
    return said


def without_starttls(said: bytes) -> bytes:
    """The reply without the line that offers STARTTLS."""
    lines = [line for line in said.splitlines(keepends=True) if b"STARTTLS" not in line]
    return b"".join([*lines[:-1], lines[-1][:3] + b" " + lines[-1][4:]]) if lines else said


async def main(mode: str, port: str, v4: str, v6: str, host: str) -> None:
    box = Box(mode, int(port), host)
    for address, server in (("0.0.0.0", v4), ("::", v6)):
        await asyncio.start_server(partial(box.serve, server), address, LISTEN)
    await asyncio.sleep(SECONDS)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:6]))
