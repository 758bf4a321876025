"""What pyimgur uses of the package `multipart`, which has no types of its own."""

from collections.abc import Iterator

class MultipartError(ValueError): ...

class MultipartSegment:
    name: str | None
    filename: str | None
    content_type: str | None

class PushMultipartParser:
    def __init__(
        self,
        boundary: str | bytes,
        content_length: int = -1,
        max_header_size: int = 4224,
        max_header_count: int = 8,
        max_segment_size: float = ...,
        max_segment_count: float = ...,
        header_charset: str = "utf8",
        strict: bool = False,
    ) -> None: ...
    def parse(self, chunk: bytes) -> Iterator[MultipartSegment | bytes | None]: ...

def parse_options_header(header: str) -> tuple[str, dict[str, str]]: ...
