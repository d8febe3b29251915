"""Invented people: names drawn from common characters, numbers from a range of zeros, duties by business line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tracker.demo.county.model import COUNTY_CODE, Department, Grid, Worker
from tracker.demo.county.townships import Township

SURNAMES = (
    "王李张刘陈杨赵孙马郭高宋胡韩冯于董程曹袁邓许沈吕苏魏丁任卢姚谭石贾侯孟秦白江尹段雷钱汤常武贺赖龚文"
    "崔邢郝路安霍冀谷靳牛尚燕甄祁柴申焦邸梁田范方杜潘薛闫史郑蔡傅余夏姜温齐乔"
)
COMMON = 30  # the first ones are borne by most
# Characters of well-known names are left out, so that no invented person is one of public life.
FIRST = "建国志永春秋玉金文海树振庆保洪喜俊福贵长新东景月淑桂秀红雪晓凤兰丽素翠银彦运广连书会占同云瑞香"
SECOND = "军平生林良海民峰河田明亮成义友才顺旺昌江涛勇斌辉宁英芳霞敏琴兰花梅荣娟萍巧静燕芬珍云玲香"
SINGLE_SHARE = 0.16  # of given names with one character

LINES = (
    "政法综治",
    "民政救助",
    "生态环保",
    "应急消防",
    "农业农村",
    "卫生健康",
    "城管环卫",
    "社会保障",
    "自然资源",
    "党建宣传",
)

COUNTY_DEPARTMENTS = (
    "县委政法委员会", "县委组织部", "县民情通办服务中心", "县公安局", "县司法局", "县民政局", "县财政局",
    "县人力资源和社会保障局", "县自然资源和规划局", "县生态环境分局", "县住房和城乡建设局", "县交通运输局",
    "县水务局", "县农业农村局", "县文化广电体育和旅游局", "县卫生健康局", "县应急管理局", "县市场监督管理局",
    "县医疗保障局", "县教育局", "县退役军人事务局", "县城市管理综合行政执法局", "县行政审批局", "县信访局",
    "县消防救援大队", "县供电公司",
)  # fmt: skip


def departments(townships: Sequence[Township]) -> tuple[Department, ...]:
    """County departments numbered WX-B01.., and one government for each township."""
    county = [
        Department(code=f"WX-B{n:02d}", name=name, area_code=COUNTY_CODE)
        for n, name in enumerate(COUNTY_DEPARTMENTS, 1)
    ]
    local = [Department(code=f"WX-T{t.code[6:9]}", name=f"{t.name}人民政府", area_code=t.code) for t in townships]
    return (*county, *local)


def workers(rng: np.random.Generator, grids: Sequence[Grid]) -> tuple[Worker, ...]:
    """One worker for each grid; one in each village leads."""
    names = people(rng)
    tails = rng.permutation(10_000)[: len(grids)].tolist()
    leaders = _leaders(rng, grids)
    return tuple(
        Worker(
            number=_number(grid.code),
            name=next(names),
            phone=f"1990000{tail:04d}",
            role="leader" if grid.code in leaders else "worker",
            grid_code=grid.code,
            duties=_duties(rng),
        )
        for grid, tail in zip(grids, tails, strict=True)
    )


def people(rng: np.random.Generator) -> Iterator[str]:
    """Names without end, none twice."""
    weight = np.where(np.arange(len(SURNAMES)) < COMMON, 4.0, 1.0)
    weight /= weight.sum()
    seen: set[str] = set()
    while True:
        for s in rng.choice(len(SURNAMES), 512, p=weight).tolist():
            name = SURNAMES[s] + _given(rng)
            if name not in seen:
                seen.add(name)
                yield name


def _given(rng: np.random.Generator) -> str:
    second = SECOND[int(rng.integers(len(SECOND)))]
    first = FIRST[int(rng.integers(len(FIRST)))]
    return second if rng.random() < SINGLE_SHARE or first == second else first + second


def _leaders(rng: np.random.Generator, grids: Sequence[Grid]) -> set[str]:
    villages: dict[str, list[str]] = {}
    for grid in grids:
        villages.setdefault(grid.village_code, []).append(grid.code)
    return {codes[int(rng.integers(len(codes)))] for codes in villages.values()}


def _number(grid_code: str) -> str:
    return f"WX-{grid_code[6:9]}-{grid_code[9:12]}-{grid_code[13:]}"


def _duties(rng: np.random.Generator) -> tuple[str, ...]:
    chosen = rng.choice(len(LINES), int(rng.integers(2, 5)), replace=False)
    return tuple(LINES[i] for i in sorted(chosen.tolist()))
