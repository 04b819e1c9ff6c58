"""Bodies of the demonstration city; codes are of nobody."""

from quanyu.app.demo.fleet import FIRM
from quanyu.app.demo.land import DISTRICTS
from quanyu.app.demo.names import CITY, CITY_CODE
from quanyu.identity.organisations.model import Organisation

_CITY = "jz"
_ENGLISH = {
    "990101": "Chengzhong District",
    "990102": "Jiangbei District",
    "990103": "Binhai District",
    "990104": "Yunling County",
}

_BUREAUS = (
    ("jz-data", "江州市数据局", "Data Bureau"),
    ("jz-urban", "江州市城市管理局", "Urban Management Bureau"),
    ("jz-transport", "江州市交通运输局", "Transport Bureau"),
    ("jz-police", "江州市公安局交警支队", "Traffic Police"),
    ("jz-environment", "江州市生态环境局", "Ecology and Environment Bureau"),
    ("jz-health", "江州市卫生健康委员会", "Health Commission"),
    ("jz-civil", "江州市民政局", "Civil Affairs Bureau"),
    ("jz-water", "江州市水务局", "Water Bureau"),
    ("jz-housing", "江州市住房和城乡建设局", "Housing and Construction Bureau"),
    ("jz-energy", "江州市能源局", "Energy Bureau"),
    ("jz-market", "江州市市场监督管理局", "Market Regulation Bureau"),
)

ORGANISATIONS: tuple[Organisation, ...] = (
    Organisation(id=_CITY, name=f"{CITY}人民政府", name_en="Jiangzhou City", region=CITY_CODE),
    *(Organisation(id=id, name=name, name_en=english, parent=_CITY, region=CITY_CODE) for id, name, english in _BUREAUS),
    Organisation(id="jz-hotline", name="江州市12345热线中心", name_en="12345 Hotline Centre", parent="jz-data", region=CITY_CODE),
    Organisation(id=FIRM, name="东海洁城环境有限公司", name_en="Donghai Clean City Company", region=CITY_CODE),
    *(Organisation(id=f"jz-{code}", name=f"{name}人民政府", name_en=_ENGLISH[code], parent=_CITY, region=code) for code, name, _ in DISTRICTS),
)  # fmt: skip
