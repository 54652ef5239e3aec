"""A distance: a proxy in user space that hands everything on a while later (`python -m tests.scale.distance …`)."""

from __future__ import annotations

import asyncio
import sys


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """What comes in goes out so much later, and in order."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            due, octets = await under_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not octets:
                writer.close()
                return
            writer.write(octets)

    arriving = asyncio.create_task(arrive())
    octets = b"-"
    while octets:
        try:
            octets = await reader.read(2**16)
        except OSError:  # reset
            octets = b""
        under_way.put_nowait((loop.time() + seconds, octets))
    await arriving


async def distance(port: int, server: str, to: int, milliseconds: float) -> None:
    """Listen on one port of the server, and hand on to the other; half the time each way."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(server, to)
        half = milliseconds / 2000
        await asyncio.sleep(2 * half)  # of the handshake, which the proxy answers at once
        await asyncio.gather(_hand_on(reader, back, half), _hand_on(there, writer, half))

    listening = await asyncio.start_server(connected, server, port)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(distance(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
