"""The floor under any nats-py reader: a callback that counts messages and does nothing else.

`python bare_nats_callback.py URL SEED SUBJECT`. Says "ready", then for each line "COUNT SECONDS" on stdin
reads until that many messages came or the time is up, and answers with the seconds it took (null: time was
up). Between lines it reads nothing, so that a burst waits in the server, as it does for the product.
"""

import asyncio
import json
import sys
import time

import nats


async def main(url: str, seed: str, subject: str) -> None:
    seen = 0

    async def count(_message: object) -> None:
        nonlocal seen
        seen += 1

    client = await nats.connect(url, nkeys_seed_str=seed, inbox_prefix="_INBOX.admin", allow_reconnect=False)
    await client.subscribe(subject, cb=count, pending_msgs_limit=10**7, pending_bytes_limit=10**10)
    await client.flush()
    print(json.dumps("ready"), flush=True)
    while line := sys.stdin.readline():  # blocks on purpose: nothing is read meanwhile
        wanted, seconds = line.split()
        goal, begin = seen + int(wanted), time.monotonic()
        deadline = begin + float(seconds)
        while seen < goal and time.monotonic() < deadline:  # noqa: ASYNC110 (an event would cost the callback)
            await asyncio.sleep(0.002)
        took = time.monotonic() - begin
        print(json.dumps(took if seen >= goal else None), flush=True)
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
