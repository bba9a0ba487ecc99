"""Writing and reading the TPM's big-endian structures; all that is read is checked."""

from __future__ import annotations

from tutelage_agent.errors import TpmError


class AnswerError(TpmError):
    """What came is not what the specification says comes."""


def u8(number: int) -> bytes:
    """Return one byte."""
    return number.to_bytes(1, "big")


def u16(*numbers: int) -> bytes:
    """Return two bytes for each number."""
    return b"".join(one.to_bytes(2, "big") for one in numbers)


def u32(*numbers: int) -> bytes:
    """Return four bytes for each number."""
    return b"".join(one.to_bytes(4, "big") for one in numbers)


def sized(data: bytes = b"") -> bytes:
    """Return a ``TPM2B``: the length in two bytes, then the data."""
    return u16(len(data)) + data


class Reader:
    """Reads a structure from its beginning to its end."""

    def __init__(self, data: bytes, what: str) -> None:
        """Read ``data``; ``what`` says in errors what it should have been."""
        self._data, self._at, self._what = data, 0, what

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes.

        Raises:
            AnswerError: there are fewer.
        """
        found = self._data[self._at : self._at + size]
        if len(found) != size:
            raise AnswerError(f"the TPM's {self._what} is cut short")
        self._at += size
        return found

    def u8(self) -> int:
        """Return a number of one byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Return a number of two bytes."""
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        """Return a number of four bytes."""
        return int.from_bytes(self.take(4), "big")

    def sized(self, most: int, least: int = 0) -> bytes:
        """Return the data of a ``TPM2B``.

        Raises:
            AnswerError: its length is out of range.
        """
        size = self.u16()
        if not least <= size <= most:
            raise AnswerError(f"the TPM's {self._what} has a part of {size} bytes")
        return self.take(size)

    def expect(self, number: int, found: int) -> None:
        """Refuse a number that is another than it must be.

        Raises:
            AnswerError: it is.
        """
        if number != found:
            raise AnswerError(f"the TPM's {self._what} says 0x{found:x} instead of 0x{number:x}")

    def rest(self) -> bytes:
        """Return what is left."""
        return self.take(len(self._data) - self._at)

    def end(self) -> None:
        """Refuse what is left over.

        Raises:
            AnswerError: something is.
        """
        if self._at != len(self._data):
            raise AnswerError(f"the TPM's {self._what} is too long")
