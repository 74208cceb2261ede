"""oidc-provider-mock over TLS on a socket that is there already: CERTIFICATE DESCRIPTOR SECONDS.

Its own command serves without TLS, and a hub asks no provider that does.
"""

import socket
import sys
from datetime import timedelta

import oidc_provider_mock
import uvicorn


def main(certificate: str, descriptor: str, seconds: str) -> None:
    provider = oidc_provider_mock.app(access_token_max_age=timedelta(seconds=int(seconds)))
    configuration = uvicorn.Config(provider, interface="wsgi", ssl_certfile=certificate)
    uvicorn.Server(configuration).run([socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main(*sys.argv[1:])
