/** The calendar: holidays and 调休 workdays of a year, entered day by day and saved as a whole. */

import { get, request } from "../net/api.js";
import { el } from "../panel/dom.js";
import { icon } from "../panel/icons.js";
import { errorText } from "../panel/words.js";
import { moveSpan } from "./desk_state.js";
import { dayInput, input, nothing, put, reading, select } from "./parts.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {{day: string, kind: "rest" | "work", name: string}} SpecialDay */

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountCalendar(root, desk) {
  const { t } = desk;
  if (!desk.may("duty.edit"))
    return put(root, [el("h2", {}, t("calendar.title")), el("p", { class: "note" }, t("desk.denied.text"))]);
  let year = Number(desk.today.slice(0, 4));
  const body = el("div", {});
  const years = [year - 1, year, year + 1].map((n) => ({ value: String(n), text: String(n) }));
  const choose = select(years, String(year), (value) => {
    year = Number(value);
    body.replaceChildren();
    read();
  });
  choose.setAttribute("aria-label", t("calendar.year"));
  const read = () =>
    reading(
      body,
      desk,
      () => get(`/api/v1/patrol/calendar?year=${year}`, { language: desk.language }),
      ({ days, known }) => editor(desk, year, days, known),
    );
  put(root, [el("h2", {}, t("calendar.title"), choose), el("p", { class: "note" }, t("calendar.note")), body]);
  read();
}

/**
 * @param {Desk} desk
 * @param {number} year
 * @param {readonly SpecialDay[]} given
 * @param {boolean} known
 */
function editor(desk, year, given, known) {
  const { t } = desk;
  const mayWrite = desk.me.area.level === 1;
  let days = [...given];
  const months = el("div", { class: "months" });
  const unknown = el("p", { class: "note note-warn", hidden: known }, t("calendar.unknown", { year }));
  const save = el("button", { type: "button", class: "button button-main", disabled: true }, t("calendar.save"));
  const undo = el("button", { type: "button", class: "button", disabled: true }, t("calendar.undo"));
  const draw = () => {
    const changed = JSON.stringify(days) !== JSON.stringify(given);
    save.disabled = !changed;
    undo.disabled = !changed;
    days.sort((a, b) => (a.day < b.day ? -1 : 1));
    months.replaceChildren(
      ...(days.length
        ? days.map((one) =>
            dayChip(
              desk,
              one,
              // Rounds of days that began are not changed: the server refuses to.
              mayWrite && one.day > desk.today
                ? () => {
                    days = days.filter(({ day }) => day !== one.day);
                    draw();
                  }
                : null,
            ),
          )
        : [nothing(t("calendar.none", { year }), t("calendar.none.text"))]),
    );
  };
  undo.onclick = () => {
    days = [...given];
    draw();
  };
  save.onclick = async () => {
    save.disabled = true;
    try {
      await request(`/api/v1/patrol/calendar?year=${year}`, { method: "PUT", body: { days }, language: desk.language });
      given = [...days];
      unknown.hidden = days.length > 0;
      desk.say(t("calendar.saved", { year }));
    } catch (error) {
      desk.say(errorText(error, t));
    }
    draw();
  };
  const put = (/** @type {SpecialDay[]} */ more) => {
    const fresh = new Map([...days, ...more].map((one) => [one.day, one]));
    days = [...fresh.values()];
    draw();
  };
  draw();
  return [
    unknown,
    months,
    mayWrite ? dayForm(desk, year, put) : el("p", { class: "note" }, t("calendar.county")),
    mayWrite ? el("div", { class: "form-actions" }, undo, save) : null,
  ];
}

/**
 * @param {Desk} desk
 * @param {SpecialDay} one
 * @param {(() => void) | null} remove
 */
function dayChip({ t }, { day, kind, name }, remove) {
  return el(
    "span",
    { class: `special is-${kind}` },
    el("b", {}, `${Number(day.slice(5, 7))}/${Number(day.slice(8))}`),
    el("span", {}, name),
    el("small", {}, t(`calendar.${kind}`)),
    remove
      ? el(
          "button",
          {
            type: "button",
            title: t("calendar.remove"),
            "aria-label": `${t("calendar.remove")} ${day}`,
            onclick: remove,
          },
          icon("close"),
        )
      : null,
  );
}

/**
 * @param {Desk} desk
 * @param {number} year
 * @param {(days: SpecialDay[]) => void} add
 */
function dayForm({ t, today }, year, add) {
  const tomorrow = moveSpan("day", today, 1);
  const min = tomorrow > `${year}-01-01` ? tomorrow : `${year}-01-01`;
  if (min > `${year}-12-31`) return el("p", { class: "note" }, t("calendar.over", { year }));
  const from = dayInput({
    min,
    max: `${year}-12-31`,
    required: true,
    "aria-label": t("desk.span.from"),
  });
  const to = dayInput({ min, max: `${year}-12-31`, "aria-label": t("desk.span.to") });
  const kind = select(
    /** @type {const} */ (["rest", "work"]).map((value) => ({ value, text: t(`calendar.${value}`) })),
    "rest",
  );
  kind.setAttribute("aria-label", t("calendar.kind"));
  const name = input({
    type: "text",
    maxlength: 20,
    required: true,
    placeholder: t("calendar.name"),
    "aria-label": t("calendar.name"),
  });
  /** @param {SubmitEvent} event */
  const onsubmit = (event) => {
    event.preventDefault();
    const days = [];
    const [, last = from.value] = [from.value, to.value || from.value].sort();
    for (let ms = Date.parse(from.value); ms <= Date.parse(last); ms += 86_400_000)
      days.push({
        day: new Date(ms).toISOString().slice(0, 10),
        kind: /** @type {"rest" | "work"} */ (kind.value),
        name: name.value.trim(),
      });
    add(days);
    from.value = "";
    to.value = "";
  };
  return el(
    "form",
    { class: "day-form", onsubmit },
    from,
    "–",
    to,
    kind,
    name,
    el("button", { type: "submit", class: "button" }, icon("plus"), t("calendar.add")),
  );
}
