/** Words of the cases on the map page. */

/** @type {import("../js/core/i18n.js").Dictionary} */
export default {
  zh: {
    "map.cases": "案件",
    "map.top": "在办案件",
    "map.top.red": "在办案件（超时 {n}）",
    "map.top.hint": "打开民情工作台",
    "map.desk": "在工作台打开",
    "map.urgent": "新的紧急案件 {number}",
    "map.show": "在地图上看",
    left: "剩 {time}",
    over: "超 {time}",
  },
  en: {
    "map.cases": "Cases",
    "map.top": "open cases",
    "map.top.red": "open cases ({n} overdue)",
    "map.top.hint": "Open the case desk",
    "map.desk": "Open at the desk",
    "map.urgent": "New urgent case {number}",
    "map.show": "Show",
    left: "{time} left",
    over: "{time} over",
  },
};
