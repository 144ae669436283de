"""Azure regions: short code for names, pair, availability zones and where data resides.

Source: learn.microsoft.com azure/reliability/regions-list and regions-paired; the codes are those of Azure's geo-code list.
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
    Region("westeurope", "West Europe", "we", "northeurope", True, "EU"),
    Region("westus", "West US", "wus", "eastus", False, "US"),
    Region("northeurope", "North Europe", "ne", "westeurope", True, "EU"),
    Region("westus2", "West US 2", "wus2", "westcentralus", True, "US"),
    Region("francecentral", "France Central", "frc", "francesouth", True, "EU"),
    Region("westus3", "West US 3", "wus3", "eastus", True, "US"),
    Region("germanywestcentral", "Germany West Central", "gwc", "germanynorth", True, "EU"),
    Region("canadacentral", "Canada Central", "cnc", "canadaeast", True, "CA"),
    Region("swedencentral", "Sweden Central", "sdc", "swedensouth", True, "EU"),
    Region("canadaeast", "Canada East", "cne", "canadacentral", False, "CA"),
    Region("italynorth", "Italy North", "itn", None, True, "EU"),
    Region("brazilsouth", "Brazil South", "brs", "southcentralus", True, "BR"),
    Region("spaincentral", "Spain Central", "spc", None, True, "EU"),
    Region("southeastasia", "Southeast Asia", "sea", "eastasia", True, "SG"),
    Region("polandcentral", "Poland Central", "plc", None, True, "EU"),
    Region("eastasia", "East Asia", "ea", "southeastasia", True, "HK"),
    Region("austriaeast", "Austria East", "aue", None, True, "EU"),
    Region("japaneast", "Japan East", "jpe", "japanwest", True, "JP"),
    Region("belgiumcentral", "Belgium Central", "bec", None, True, "EU"),
    Region("japanwest", "Japan West", "jpw", "japaneast", True, "JP"),
    Region("denmarkeast", "Denmark East", "dke", None, True, "EU"),
    Region("koreacentral", "Korea Central", "krc", "koreasouth", True, "KR"),
    Region("norwayeast", "Norway East", "nwe", "norwaywest", True, "EFTA"),
    Region("centralindia", "Central India", "inc", "southindia", True, "IN"),
    Region("switzerlandnorth", "Switzerland North", "szn", "switzerlandwest", True, "EFTA"),
    Region("indonesiacentral", "Indonesia Central", "idc", None, True, "ID"),
    Region("uksouth", "UK South", "uks", "ukwest", True, "UK"),
    Region("malaysiawest", "Malaysia West", "myw", None, True, "MY"),
    Region("ukwest", "UK West", "ukw", "uksouth", False, "UK"),
    Region("australiaeast", "Australia East", "ae", "australiasoutheast", True, "AU"),
    Region("eastus", "East US", "eus", "westus", True, "US"),
    Region("newzealandnorth", "New Zealand North", "nzn", None, True, "NZ"),
    Region("eastus2", "East US 2", "eus2", "centralus", True, "US"),
    Region("uaenorth", "UAE North", "uan", "uaecentral", True, "AE"),
    Region("centralus", "Central US", "cus", "eastus2", True, "US"),
    Region("qatarcentral", "Qatar Central", "qac", None, True, "QA"),
    Region("northcentralus", "North Central US", "ncus", "southcentralus", False, "US"),
    Region("israelcentral", "Israel Central", "ilc", None, True, "IL"),
    Region("southcentralus", "South Central US", "scus", "northcentralus", True, "US"),
    Region("southafricanorth", "South Africa North", "san", "southafricawest", True, "ZA"),
    Region("francesouth", "France South", "frs", "francecentral", False, "EU"),
    Region("germanynorth", "Germany North", "gn", "germanywestcentral", False, "EU"),
    Region("swedensouth", "Sweden South", "sds", "swedencentral", False, "EU"),
    Region("norwaywest", "Norway West", "nww", "norwayeast", False, "EFTA"),
    Region("switzerlandwest", "Switzerland West", "szw", "switzerlandnorth", False, "EFTA"),
    Region("westcentralus", "West Central US", "wcus", "westus2", False, "US"),
    Region("australiasoutheast", "Australia Southeast", "ase", "australiaeast", False, "AU"),
    Region("southindia", "South India", "ins", "centralindia", False, "IN"),
    Region("koreasouth", "Korea South", "krs", "koreacentral", False, "KR"),
    Region("southafricawest", "South Africa West", "saw", "southafricanorth", False, "ZA"),
    Region("uaecentral", "UAE Central", "uac", "uaenorth", False, "AE"),
)

REGIONS: Mapping[str, Region] = MappingProxyType({region.name: region for region in _ALL})
"""Regions by ARM name."""
