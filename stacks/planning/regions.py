"""Azure regions: short code for names, pair, availability zones and where data resides.

Source: learn.microsoft.com azure/reliability/regions-list and regions-paired; codes from Azure's own list of geo codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Region:
    """A region.

    Args:
        name: ARM's spelling, such as `westeurope`.
        display_name: Microsoft's name for people.
        code: short code for names, such as `we`.
        pair: region that geo-redundant storage and PostgreSQL's geo-backups go to; None where there is none.
        has_zones: whether it has availability zones.
        residency: `EU`, `EFTA`, or the country code.
    """

    name: str
    display_name: str
    code: str
    pair: str | None
    has_zones: bool
    residency: str


_ALL = (
    Region("australiaeast", "Australia East", "ae", "australiasoutheast", True, "AU"),
    Region("australiasoutheast", "Australia Southeast", "ase", "australiaeast", False, "AU"),
    Region("austriaeast", "Austria East", "aue", None, True, "EU"),
    Region("belgiumcentral", "Belgium Central", "bec", None, True, "EU"),
    Region("brazilsouth", "Brazil South", "brs", "southcentralus", True, "BR"),
    Region("canadacentral", "Canada Central", "cnc", "canadaeast", True, "CA"),
    Region("canadaeast", "Canada East", "cne", "canadacentral", False, "CA"),
    Region("centralindia", "Central India", "inc", "southindia", True, "IN"),
    Region("centralus", "Central US", "cus", "eastus2", True, "US"),
    Region("denmarkeast", "Denmark East", "dke", None, True, "EU"),
    Region("eastasia", "East Asia", "ea", "southeastasia", True, "HK"),
    Region("eastus", "East US", "eus", "westus", True, "US"),
    Region("eastus2", "East US 2", "eus2", "centralus", True, "US"),
    Region("francecentral", "France Central", "frc", "francesouth", True, "EU"),
    Region("francesouth", "France South", "frs", "francecentral", False, "EU"),
    Region("germanynorth", "Germany North", "gn", "germanywestcentral", False, "EU"),
    Region("germanywestcentral", "Germany West Central", "gwc", "germanynorth", True, "EU"),
    Region("indonesiacentral", "Indonesia Central", "idc", None, True, "ID"),
    Region("israelcentral", "Israel Central", "ilc", None, True, "IL"),
    Region("italynorth", "Italy North", "itn", None, True, "EU"),
    Region("japaneast", "Japan East", "jpe", "japanwest", True, "JP"),
    Region("japanwest", "Japan West", "jpw", "japaneast", True, "JP"),
    Region("koreacentral", "Korea Central", "krc", "koreasouth", True, "KR"),
    Region("koreasouth", "Korea South", "krs", "koreacentral", False, "KR"),
    Region("malaysiawest", "Malaysia West", "myw", None, True, "MY"),
    Region("newzealandnorth", "New Zealand North", "nzn", None, True, "NZ"),
    Region("northcentralus", "North Central US", "ncus", "southcentralus", False, "US"),
    Region("northeurope", "North Europe", "ne", "westeurope", True, "EU"),
    Region("norwayeast", "Norway East", "nwe", "norwaywest", True, "EFTA"),
    Region("norwaywest", "Norway West", "nww", "norwayeast", False, "EFTA"),
    Region("polandcentral", "Poland Central", "plc", None, True, "EU"),
    Region("qatarcentral", "Qatar Central", "qac", None, True, "QA"),
    Region("southafricanorth", "South Africa North", "san", "southafricawest", True, "ZA"),
    Region("southafricawest", "South Africa West", "saw", "southafricanorth", False, "ZA"),
    Region("southcentralus", "South Central US", "scus", "northcentralus", True, "US"),
    Region("southeastasia", "Southeast Asia", "sea", "eastasia", True, "SG"),
    Region("southindia", "South India", "ins", "centralindia", False, "IN"),
    Region("spaincentral", "Spain Central", "spc", None, True, "EU"),
    Region("swedencentral", "Sweden Central", "sdc", "swedensouth", True, "EU"),
    Region("swedensouth", "Sweden South", "sds", "swedencentral", False, "EU"),
    Region("switzerlandnorth", "Switzerland North", "szn", "switzerlandwest", True, "EFTA"),
    Region("switzerlandwest", "Switzerland West", "szw", "switzerlandnorth", False, "EFTA"),
    Region("uaecentral", "UAE Central", "uac", "uaenorth", False, "AE"),
    Region("uaenorth", "UAE North", "uan", "uaecentral", True, "AE"),
    Region("uksouth", "UK South", "uks", "ukwest", True, "UK"),
    Region("ukwest", "UK West", "ukw", "uksouth", False, "UK"),
    Region("westcentralus", "West Central US", "wcus", "westus2", False, "US"),
    Region("westeurope", "West Europe", "we", "northeurope", True, "EU"),
    Region("westus", "West US", "wus", "eastus", False, "US"),
    Region("westus2", "West US 2", "wus2", "westcentralus", True, "US"),
    Region("westus3", "West US 3", "wus3", "eastus", True, "US"),
)

REGIONS: Mapping[str, Region] = MappingProxyType({region.name: region for region in _ALL})
"""Regions by ARM name."""
