import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { chooseLanguage, createI18n } from "../../../static/js/core/i18n.js";
import { STATUSES } from "../../../static/js/core/status.js";

const STATIC = new URL("../../../static/", import.meta.url);

for (const file of await readdir(new URL("i18n/", STATIC))) {
  const dictionaries = await import(new URL(`i18n/${file}`, STATIC).href);
  const words = dictionaries.default ?? Object.values(dictionaries)[0];
  test(`${file} has the same keys in both languages`, () => {
    assert.deepEqual(Object.keys(words.zh).sort(), Object.keys(words.en).sort());
  });
  test(`${file} has the same parameters in both languages`, () => {
    const params = (/** @type {string} */ text) => [...new Set(text.match(/\{\w+\}/g))].sort();
    for (const [key, text] of Object.entries(words.zh)) assert.deepEqual(params(words.en[key]), params(text), key);
  });
}

test("every word that the map page names exists", async () => {
  const known = await everyWord();
  const files = ["map_page.js", "open_page.js", "keep.js", ...(await filesOf("panel")), ...(await filesOf("map"))];
  const texts = await Promise.all(files.map((file) => readFile(new URL(`js/${file}`, STATIC), "utf8")));
  const used = texts.flatMap((text) => [...text.matchAll(/\bt\(\s*"([a-z_.]+)"/g)].map(([, key]) => key ?? ""));
  assert.ok(used.length > 50);
  assert.deepEqual(
    used.filter((key) => !known.has(key)),
    [],
  );
  for (const status of STATUSES) assert.ok(known.has(`status.${status}.hint`));
});

/** The Chinese keys of all dictionaries: a page may read several. */
async function everyWord() {
  const files = await readdir(new URL("i18n/", STATIC));
  const modules = await Promise.all(files.map((file) => import(new URL(`i18n/${file}`, STATIC).href)));
  return new Set(modules.flatMap((module) => Object.keys((module.default ?? Object.values(module)[0]).zh)));
}

/** @param {string} folder */
async function filesOf(folder) {
  return (await readdir(new URL(`js/${folder}/`, STATIC))).map((file) => `${folder}/${file}`);
}

test("the address wins over the browser", () => {
  assert.equal(chooseLanguage({ search: "?lang=en", stored: "zh", navigator: ["zh-CN"] }), "en");
});
test("the kept choice wins over the browser", () =>
  assert.equal(chooseLanguage({ stored: "en", navigator: ["zh-CN"] }), "en"));
test("the browser's first known language is taken", () =>
  assert.equal(chooseLanguage({ navigator: ["fr", "en-GB", "zh"] }), "en"));
test("Chinese is the default", () => assert.equal(chooseLanguage({ search: "?lang=xx", navigator: ["fr"] }), "zh"));

test("parameters are filled in", () => {
  const { t } = createI18n({ zh: { hello: "{name}，你好" }, en: {} }, { language: "zh" });
  assert.equal(t("hello", { name: "李" }), "李，你好");
});
test("a missing English word is shown in Chinese", () => {
  assert.equal(createI18n({ zh: { a: "甲" }, en: {} }, { language: "en" }).t("a"), "甲");
});
test("an unknown key shows itself", () =>
  assert.equal(createI18n({ zh: {}, en: {} }, { language: "zh" }).t("no.such"), "no.such"));
