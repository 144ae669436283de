"""Documents in texts: safe ones only, and each once."""

from __future__ import annotations

import pytest
import yaml

from policies.kit.texts import yaml_of


def test_a_text_is_parsed_once() -> None:
    text = "routers: {odoo: {rule: Host(`erp.example.org`)}}"
    assert yaml_of(text) is yaml_of(text)
    assert yaml_of(text) == yaml.safe_load(text)


@pytest.mark.parametrize("text", ["a: [", "!!python/object/apply:os.getcwd []"])
def test_what_is_no_plain_document_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml_of(text)
