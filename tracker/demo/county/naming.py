"""Village names as the plain has them: a family or a feature, and what the place was: camp, fort, market, bridge."""

from __future__ import annotations

import numpy as np

from tracker.demo.county.townships import Township

FAMILIES = (
    "孙张王李赵刘陈杨马郭高宋胡韩冯董程曹袁许沈吕苏魏丁任卢姚谭石贾侯孟秦白段雷常康贺邢郝霍谷靳牛尚"
    "甄祁柴申焦邸梁田范杜潘薛闫史郑蔡夏姜温齐乔"
)
KINDS = (
    "家庄",
    "家寨",
    "家屯",
    "家营",
    "家堡",
    "庄",
    "寨",
    "屯",
    "营",
    "官庄",
    "家庙",
    "家楼",
    "家桥",
    "家店",
    "家集",
    "家洼",
)
FEATURES = (
    "河口", "柳林", "枣林", "梨园", "古城", "石桥", "沙窝", "高庙", "杏园", "榆林", "槐树",
    "龙王庙", "新庄", "旧营", "大寺", "十里铺", "双庙", "草场", "芦家滩", "塔寺", "井台", "桃园", "土楼", "花园",
    "牌坊", "三里庄", "五里营", "八里屯",
)  # fmt: skip
SIDES = ("东", "西", "南", "北", "前", "后", "大", "小", "中")
STREETS = ("北街", "南街", "东街", "西街", "东关", "西关", "北关", "南关")
# Real names that visitors look for; where they stand on the map is invented all the same.
TOLD = {"130533106000": "孙家寨村", "130533101000": "西河口村"}


class VillageNames:
    """Gives names one by one; none is given twice in the county."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._given: set[str] = set(TOLD.values())
        self._twin: str | None = None

    def seat(self, township: Township) -> str:
        """The village at the seat is called after its township."""
        return self._keep(township.name.removesuffix("镇").removesuffix("乡") + "村")

    def street(self, index: int) -> str:
        """Villages that the county town has grown over."""
        return self._keep(f"{STREETS[index]}村") if index < len(STREETS) else self.plain()

    def plain(self) -> str:
        """A name of the ordinary kind; every now and then the twin of the one before (东…, 西…)."""
        if self._twin:
            name, self._twin = self._twin, None
            return self._keep(name)
        while True:
            name = self._drawn()
            if name not in self._given:
                return self._keep(name)

    def _drawn(self) -> str:
        core = self._core()
        if self._rng.random() < 0.3:
            pair = int(self._rng.integers(4)) * 2
            twin = f"{SIDES[pair + 1]}{core}村"
            name = f"{SIDES[pair]}{core}村"
            if name not in self._given and twin not in self._given:
                self._twin = twin
            return name
        return f"{core}村"

    def _core(self) -> str:
        if self._rng.random() < 0.16:
            return FEATURES[int(self._rng.integers(len(FEATURES)))]
        family = FAMILIES[int(self._rng.integers(len(FAMILIES)))]
        return family + KINDS[int(self._rng.integers(len(KINDS)))]

    def _keep(self, name: str) -> str:
        self._given.add(name)
        return name
