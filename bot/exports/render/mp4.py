"""The duration of an MP4, parsed from a stream of its bytes."""

from collections.abc import Generator

_HEADER = 8
_LARGE_HEADER = 16
_MVHD_LONGEST = 36
_CONTAINERS = (b"moov",)


class DurationProbe:
    """Finds `moov/mvhd` in a stream and keeps nothing else (ISO/IEC 14496-12, 8.2.2).

    Feed it every piece in order; `seconds` is set once the box was read. It stays None for a file that is no MP4.
    """

    def __init__(self) -> None:
        self.seconds: float | None = None
        self._parser = self._parse()
        self._wanted = next(self._parser)
        self._buffer = bytearray()
        self._skip = 0
        self._done = False

    def feed(self, piece: bytes) -> None:
        """Takes the next bytes of the stream."""
        view = memoryview(piece)
        while view and not self._done:
            if self._skip:
                passed = min(self._skip, len(view))
                self._skip -= passed
                view = view[passed:]
                continue
            taken = self._wanted - len(self._buffer)
            self._buffer += view[:taken]
            view = view[taken:]
            if len(self._buffer) == self._wanted:
                self._advance()

    def _advance(self) -> None:
        data = bytes(self._buffer)
        self._buffer.clear()
        try:
            self._wanted = self._parser.send(data)
        except StopIteration:
            self._done = True

    def _parse(self) -> Generator[int, bytes, None]:
        """Yields how many bytes it needs next; sets `_skip` to skip the content of other boxes."""
        while True:
            header = yield _HEADER
            size, kind = int.from_bytes(header[:4], "big"), header[4:8]
            header_size = _HEADER
            if size == 1:
                size, header_size = int.from_bytes((yield _LARGE_HEADER - _HEADER), "big"), _LARGE_HEADER
            if size < header_size:
                return
            if kind == b"mvhd":
                if size - header_size < _MVHD_LONGEST:
                    return
                self.seconds = _duration((yield _MVHD_LONGEST))
                return
            if kind not in _CONTAINERS:
                self._skip = size - header_size


def _duration(mvhd: bytes) -> float | None:
    scale, length = (mvhd[20:24], mvhd[24:32]) if mvhd[0] == 1 else (mvhd[12:16], mvhd[16:20])
    # All ones means that the duration is unknown; a fragmented file says 0 (8.2.2.3).
    if not any(scale) or not any(length) or set(length) == {0xFF}:
        return None
    return int.from_bytes(length, "big") / int.from_bytes(scale, "big")
