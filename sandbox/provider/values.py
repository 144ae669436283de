"""Values on Pulumi's wire (`google.protobuf.Struct`) as plain Python, and back.

Secrets are opened on the way in: the servers announce `accept_secrets=False`, so the engine itself marks as secret
every output whose input was one, and nothing secret has to be tracked here. Signatures and sentinels are those of
pulumi/sdk `resource/sig.go` and `plugin/rpc.go`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the wire's marker, not a secret
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_SENTINELS: Final = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

Json = Any
Object = dict[str, Json]


class Unknown:
    """A value that a preview does not know yet. There is one: `UNKNOWN`.

    It can be asked like an object: it has no keys, and what is asked of it is not known either.
    """

    def get(self, _key: str, _default: Json = None) -> Json:
        return self

    def items(self) -> tuple[()]:
        return ()

    def __contains__(self, _key: object) -> bool:
        return False

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()


def from_struct(struct: struct_pb2.Struct) -> Object:
    """Plain Python of a message; nulls are dropped, whole numbers become `int`."""
    return {key: item for key, value in struct.fields.items() if (item := _from_value(value)) is not None}


def _from_value(value: struct_pb2.Value) -> Json:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text: str = value.string_value
        return UNKNOWN if text in UNKNOWN_SENTINELS else text
    if kind == "number_value":
        number: float = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _from_signed(value.struct_value)
    return None


def _from_signed(struct: struct_pb2.Struct) -> Json:
    if SIGNATURE not in struct.fields:
        return from_struct(struct)
    signature = struct.fields[SIGNATURE].string_value
    if signature == SECRET_SIGNATURE:
        return _from_value(struct.fields["value"])
    if signature == OUTPUT_SIGNATURE:
        return _from_value(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
    if signature == RESOURCE_SIGNATURE:
        return _from_value(struct.fields["id"]) if "id" in struct.fields else struct.fields["urn"].string_value
    return from_struct(struct)  # assets and archives go through as they are


def to_struct(values: Mapping[str, Json]) -> struct_pb2.Struct:
    """The message of plain Python values; `UNKNOWN` becomes the wire's sentinel."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        _to_value(value, struct.fields[key])
    return struct


def _to_value(value: Json, target: struct_pb2.Value) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif value is UNKNOWN:
        target.string_value = UNKNOWN_STRING
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()
        for key, item in value.items():
            _to_value(item, target.struct_value.fields[key])
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        for item in value:
            _to_value(item, target.list_value.values.add())
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    else:
        raise TypeError(f"no value of the wire: {type(value).__name__}")


def strings(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value with its property path, keys left out."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from strings(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from strings(item, f"{path}[{index}]")


def has_unknown(value: Json) -> bool:
    """Whether anything inside is not known yet."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN


def dig(value: Json, *path: str | int) -> Json:
    """The value at a path, or None where the path ends early or is not known."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or not -len(value) <= step < len(value):
                return None
            value = value[step]
        else:
            if not isinstance(value, Mapping):
                return None
            value = value.get(step)
    return None if value is UNKNOWN else value


def is_unknown_at(value: Json, path: str) -> bool:
    """Whether a property path such as `rules[0].name` leads to, or through, something that is not known yet."""
    for step in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is UNKNOWN:
            return True
    return False


def known_items(value: Json) -> list[Json]:
    """The known members of a list; an unknown or absent list has none."""
    return [item for item in value if item is not UNKNOWN] if isinstance(value, list) else []
