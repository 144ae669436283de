"""The stand-in for `random`: RandomPassword, RandomString, RandomId, RandomUuid, RandomPet, RandomInteger."""

import base64
import random
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from typing import Final

from sandbox.provider.compare import changes
from sandbox.provider.contract import Naming, Request, Verdict
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.faults import Faults
from sandbox.provider.sdk import Package, ResourceType
from sandbox.provider.validate import check_inputs
from sandbox.provider.values import UNKNOWN, Object, has_unknown

SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"  # the real provider's default of override_special
CLASSES: Final = {
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "numeric": string.digits,
    "special": SPECIAL,
}
SWITCHES: Final = (*CLASSES, "number")
ADJECTIVES: Final = ("brave", "calm", "eager", "fair", "gentle", "keen", "lively", "proud", "swift", "wise")
ANIMALS: Final = ("badger", "crane", "dolphin", "falcon", "heron", "lynx", "marten", "otter", "raven", "stoat")
NO_ID: Final = "none"  # the id of a password: the real provider keeps the secret out of it


class Random:
    """Values made once and kept in the stack's state: this provider needs no store."""

    package = "random"

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._sdk = Package("pulumi_random")
        self.version = self._sdk.version

    def check_config(self, inputs: Object) -> list[Failure]:
        return []

    def moves(self, old: Object, new: Object) -> list[str]:
        return []

    def check(self, request: Request, inputs: Object, olds: Object, naming: Naming) -> tuple[Object, list[Failure]]:
        failures = check_inputs(inputs, self._type(request.type).inputs)
        if not failures and request.type in _TEXTS and not has_unknown(inputs):
            failures = _check_text(inputs)
        return inputs, failures

    def diff(self, request: Request, old: Object, new: Object) -> Verdict:
        found = changes(old, new, lambda _path, _old, _new: False)
        return Verdict(found, frozenset(path for path, _ in found))

    def preview(self, request: Request, inputs: Object, olds: Object) -> Object:
        return dict.fromkeys(self._type(request.type).outputs, UNKNOWN) | inputs

    def physical_name(self, request: Request, inputs: Object, identifier: str) -> str:
        return request.name

    def create(self, request: Request, inputs: Object, fault: str | None) -> tuple[str, Object]:
        if fault:
            raise ProviderError("", fault)
        make = _MAKERS.get(request.type)
        if make is None:
            raise ProviderError("", f"the sandbox makes no {request.type}")
        identifier, made = make(inputs)
        return identifier, {**inputs, **made}

    def answered(self, request: Request, identifier: str) -> None:
        """Nothing is kept here."""

    def read(self, request: Request, identifier: str, inputs: Object, state: Object) -> tuple[Object, Object] | None:
        if not state:
            raise ProviderError("", f"{request.type}: random values live in the stack's state only: nothing to import")
        return state, inputs

    def update(self, request: Request, identifier: str, old: Object, new: Object, fault: str | None) -> Object:
        raise ProviderError("", f"{request.type}: every change is a replacement")

    def delete(self, request: Request, identifier: str) -> None:
        """Nothing is kept here."""

    def invoke(self, token: str, arguments: Object, config: Mapping[str, str]) -> Object:
        raise ProviderError("", f"random has no function {token}")

    def duration_seconds(self, request: Request, operation: str) -> float:
        return 0.0

    def _type(self, token: str) -> ResourceType:
        resource = self._sdk.resource(token)
        if resource is None:
            raise ProviderError("", f"{token} is not a resource of pulumi-random {self.version}")
        return resource


def _check_text(inputs: Object) -> list[Failure]:
    least = sum(int(inputs.get(_minimum(kind), 0)) for kind in CLASSES)
    failures = []
    if int(inputs["length"]) < max(1, least):
        failures.append(Failure("length", f"found {inputs['length']}, allowed: at least {max(1, least)}"))
    if not any(inputs.get(kind, True) for kind in CLASSES):
        failures.append(Failure("", "at least one of upper, lower, numeric and special must be true"))
    return failures


def _minimum(kind: str) -> str:
    return f"min{kind.capitalize()}"


def _text(inputs: Object) -> str:
    alphabets = {
        kind: str(inputs.get("overrideSpecial") or letters) if kind == "special" else letters
        for kind, letters in CLASSES.items()
        if inputs.get(kind, inputs.get("number", True) if kind == "numeric" else True)
    }
    letters = [
        secrets.choice(alphabet)
        for kind, alphabet in alphabets.items()
        for _ in range(int(inputs.get(_minimum(kind), 0)))
    ]
    everything = "".join(alphabets.values())
    letters += [secrets.choice(everything) for _ in range(int(inputs["length"]) - len(letters))]
    random.SystemRandom().shuffle(letters)
    return "".join(letters)


def _settings(inputs: Object) -> Object:
    minimums = {_minimum(kind): inputs.get(_minimum(kind), 0) for kind in CLASSES}
    return {kind: inputs.get(kind, True) for kind in SWITCHES} | minimums


def _password(inputs: Object) -> tuple[str, Object]:
    return NO_ID, {**_settings(inputs), "result": _text(inputs)}


def _string(inputs: Object) -> tuple[str, Object]:
    result = _text(inputs)
    return result, {**_settings(inputs), "result": result}


def _id(inputs: Object) -> tuple[str, Object]:
    data, prefix = secrets.token_bytes(int(inputs["byteLength"])), str(inputs.get("prefix", ""))
    plain, url = base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode().rstrip("=")
    return url, {
        "hex": prefix + data.hex(),
        "dec": prefix + str(int.from_bytes(data, "big")),
        "b64Std": prefix + plain,
        "b64Url": prefix + url,
    }


def _uuid(_: Object) -> tuple[str, Object]:
    result = str(uuid.uuid4())
    return result, {"result": result}


def _pet(inputs: Object) -> tuple[str, Object]:
    words = [secrets.choice(ADJECTIVES) for _ in range(int(inputs.get("length", 2)) - 1)] + [secrets.choice(ANIMALS)]
    separator = str(inputs.get("separator", "-"))
    result = separator.join(([str(inputs["prefix"])] if "prefix" in inputs else []) + words)
    return result, {"length": int(inputs.get("length", 2)), "separator": separator}


def _integer(inputs: Object) -> tuple[str, Object]:
    result = random.SystemRandom().randint(int(inputs["min"]), int(inputs["max"]))
    return str(result), {"result": result}


_TEXTS: Final = ("random:index/randomPassword:RandomPassword", "random:index/randomString:RandomString")
_MAKERS: Final[dict[str, Callable[[Object], tuple[str, Object]]]] = {
    _TEXTS[0]: _password,
    _TEXTS[1]: _string,
    "random:index/randomId:RandomId": _id,
    "random:index/randomUuid:RandomUuid": _uuid,
    "random:index/randomPet:RandomPet": _pet,
    "random:index/randomInteger:RandomInteger": _integer,
}
