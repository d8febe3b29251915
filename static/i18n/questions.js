/** Words around a category's questions, on the desk, on the page behind a village's QR code and on the phone. */

/** @type {import("../js/core/i18n.js").Dictionary} */
export const QUESTION_WORDS = {
  zh: {
    "ask.title": "再问您几句",
    "ask.required": "（要填）",
    "ask.optional": "（可不填）",
    "ask.choose": "请选择",
    "ask.missing": "这一项要填一下，办的人才知道怎么处理。",
    "ask.wrong.number": "这里请填数字，例如 3 或 2.5。",
    "ask.wrong.datetime": "请把日期和时间都选上。",
  },
  en: {
    "ask.title": "A few more questions",
    "ask.required": " (needed)",
    "ask.optional": " (optional)",
    "ask.choose": "Choose one",
    "ask.missing": "Please answer this one: whoever deals with it needs to know.",
    "ask.wrong.number": "A number please, such as 3 or 2.5.",
    "ask.wrong.datetime": "Please choose both the day and the time.",
  },
};
