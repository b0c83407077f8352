"""Explains failed connections in a few words."""

import os

import aiohttp


def reason(error: Exception, seconds: float) -> str:
    """The words for an exception of aiohttp; `seconds` is the timeout of the request."""
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not valid ({error.certificate_error})"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not found"
    if isinstance(error, aiohttp.ClientConnectorError) and error.errno:
        return os.strerror(error.errno)
    return f"no HTTP answer ({type(error).__name__})"
