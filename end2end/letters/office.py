"""A mail server (aiosmtpd) on loopback that keeps each letter as a file.

    office.py FOLDER PORT [--login NAME:PASSWORD] [--slow SECONDS]

PORT 0: any free one. Says `listening on PORT` and serves until it is ended. Readers of the domain
`refused.example` are refused for good, those of `later.example` the first time only.
"""

import argparse
import asyncio
import pathlib
import ssl  # noqa: F401  aiosmtpd looks for it

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Office:
    def __init__(self, folder, slow):
        self.folder = folder
        self.slow = slow
        self.put_off = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        domain = address.rpartition("@")[2]
        if domain == "refused.example":
            return "550 5.1.1 nobody of this name"
        if domain == "later.example" and address not in self.put_off:
            self.put_off.add(address)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.slow)
        number = len(list(self.folder.glob("*.eml")))
        # Complete as soon as it has its name.
        draft = self.folder / f"{number:04}.draft"
        to = ",".join(envelope.rcpt_tos).encode()
        draft.write_bytes(b"X-To: " + to + b"\r\n" + envelope.original_content)
        draft.rename(self.folder / f"{number:04}.eml")
        return "250 2.0.0 taken"


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("port", type=int)
    arguments.add_argument("--login")
    arguments.add_argument("--slow", type=float, default=0)
    wanted = arguments.parse_args()
    office = Office(wanted.folder, wanted.slow)

    def authenticate(server, session, envelope, mechanism, data):
        known = isinstance(data, LoginPassword) and f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=known == wanted.login)

    def protocol():
        return SMTP(
            office,
            hostname="office.example",
            authenticator=authenticate if wanted.login else None,
            auth_required=bool(wanted.login),
            auth_require_tls=False,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", wanted.port)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(main())
