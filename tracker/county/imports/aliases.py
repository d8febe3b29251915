"""Which column names mean which field, in the Chinese and English that files really use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tracker.county.imports.report import Kind

_NAMED: dict[str, str] = {
    "name": "name 名称 NAME mc",
    "valid_from": "valid_from 生效日期 启用日期 开始日期 起始日期 start_date",
    "valid_to": "valid_to 失效日期 停用日期 终止日期 结束日期 end_date",
    "lon": "lon 经度 lng longitude x",
    "lat": "lat 纬度 latitude y",
    "boundary": "boundary 边界 wkt WKT边界 边界WKT 网格边界 geometry geom the_geom 图形",
}

_BY_KIND: dict[Kind, dict[str, str]] = {
    Kind.DIVISIONS: {
        "code": "code 编码 代码 区划代码 行政区划代码 统计用区划代码 区划编码 村编码 村代码 乡镇代码 xzqdm zldwdm",
        "name": "区划名称 行政区划名称 村名称 村名 乡镇名称 单位名称 xzqmc zldwmc",
        "level": "level 级别 层级 区划级别",
        "parent_code": "parent parent_code 上级编码 上级代码 上级区划代码 所属乡镇代码 父级编码",
        "urban_rural": "urban_rural 城乡分类代码 城乡分类 cxfldm",
    },
    Kind.GRIDS: {
        "code": "code grid_code grid_id 网格编码 网格代码 网格编号 单元网格编码 网格标识码 编码 代码 bgcode wgbm wgdm",
        "name": "grid_name 网格名称 网格名 wgmc bgname",
        "village_code": "village village_code 所属村 所属村编码 所属村代码 村编码 村代码 所属社区编码 ssc",
        "color": "color colour 颜色 颜色号 色号",
    },
    Kind.DEPARTMENTS: {
        "code": "code 编码 代码 部门编码 部门代码 单位编码 单位代码",
        "name": "部门名称 部门 单位名称 单位",
        "area_code": "area area_code 区域编码 所属区域 所属区划 区划代码 辖区编码 行政区划代码",
    },
    Kind.WORKERS: {
        "number": "number 工号 编号 人员编号 网格员编号 员工号 no id_number",
        "name": "姓名 网格员姓名 网格员名称 人员姓名",
        "phone": "phone 手机号 手机 手机号码 联系电话 电话 联系方式 mobile tel",
        "role": "role 角色 职务 岗位 人员类别 身份 类型",
        "grid_code": "grid grid_code 网格编码 网格代码 所属网格 所属网格编码 网格编号 负责网格",
        "duties": "duties 职责 条线 业务条线 所属条线 工作职责 duty lines",
    },
}

REQUIRED: dict[Kind, tuple[str, ...]] = {
    Kind.DIVISIONS: ("code", "name"),
    Kind.GRIDS: ("code", "name"),
    Kind.DEPARTMENTS: ("code", "name", "area_code"),
    Kind.WORKERS: ("number", "name", "role", "grid_code"),
}


def fold(column: str) -> str:
    """A column name without what does not distinguish it: case, blanks, units in brackets, a required mark."""
    bare = re.split(r"[(（]", column, maxsplit=1)[0]
    return "".join(letter for letter in bare.lower() if letter.isalnum() or letter == "_")


def fields_of(kind: Kind, columns: Iterable[str]) -> Mapping[str, str]:
    """The field that each known column means; unknown columns are absent, and of two for one field the first wins."""
    meaning = _table(kind)
    found: dict[str, str] = {}
    for column in columns:
        name = meaning.get(fold(column))
        if name is not None and name not in found.values():
            found[column] = name
    return found


def column_names(kind: Kind, name: str) -> str:
    """The column names that mean a field, for a message."""
    own = _BY_KIND[kind].get(name, "")
    return ", ".join(f"{own} {_NAMED.get(name, '')}".split())


def _table(kind: Kind) -> dict[str, str]:
    table: dict[str, str] = {}
    for named in (_BY_KIND[kind], _NAMED):
        for name, aliases in named.items():
            for alias in aliases.split():
                table.setdefault(fold(alias), name)
    return table
