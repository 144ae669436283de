"""What scale sets answer."""

from sandbox.azure.answerbook import answers
from sandbox.azure.world import World
from sandbox.provider.values import Object
from sandbox.store import Entry


@answers("compute:VirtualMachineScaleSet")
def _scale_set(entry: Entry, _: World) -> Object:
    return {"uniqueId": entry.guid("unique")}
