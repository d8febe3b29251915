/** The categories by their large kinds, as tiles show them. */

/** @typedef {{code: string, group: string, name: string, name_en: string, icon: string, attributes?: any[]}} Category */
/** @typedef {{name: string, icon: string, categories: (Category & {label: string})[]}} Group */

/** One sign and English name for each large kind of the table that is delivered; others take the sign of their first. */
const KNOWN = /** @type {Readonly<Record<string, {icon: string, en: string}>>} */ ({
  市容环境: { icon: "trash", en: "Surroundings" },
  公共设施: { icon: "lamp", en: "Public works" },
  安全隐患: { icon: "fire", en: "Dangers" },
  社会治安: { icon: "people", en: "Neighbours, order" },
  民生服务: { icon: "hand", en: "Services" },
  咨询建议: { icon: "question", en: "Questions, ideas" },
});

/**
 * @param {readonly Category[]} categories in the table's order
 * @param {import("../core/i18n.js").Language} language
 * @returns {Group[]}
 */
export function groupsOf(categories, language) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const one of categories) {
    const known = KNOWN[one.group];
    const name = language === "en" && known ? known.en : one.group;
    const group = groups.get(one.group) ?? { name, icon: known?.icon ?? one.icon, categories: [] };
    group.categories.push({ ...one, label: language === "en" && one.name_en ? one.name_en : one.name });
    groups.set(one.group, group);
  }
  return [...groups.values()];
}
