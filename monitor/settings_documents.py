"""The settings of signed documents."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from monitor.settings_types import Part, Secret


class DocumentSettings(Part):
    """How documents are signed. Without a key of their own they carry the log's proof alone."""

    level: Literal["B-T", "B-LTA"] = Field(
        "B-T",
        description="Level of the PAdES signature: B-T carries a trusted time, B-LTA also what is "
        "needed to verify it in ten years. The first of evidence.authorities stamps; where it does "
        "not answer, the document is made at a lower level and says so.",
    )
    pkcs12: Path | None = Field(
        None,
        examples=["/etc/anef/releves.p12"],
        description="PKCS#12 file of your own key (RSA). When not set: the key that `anef-monitor "
        "keys document` makes.",
    )
    pkcs12_password: Secret | None = Field(None, examples=["…"], description="Its password.")

    @model_validator(mode="after")
    def _file_for_password(self) -> Self:
        if self.pkcs12_password and not self.pkcs12:
            raise ValueError("has a pkcs12_password, so it needs the pkcs12 file too")
        return self
