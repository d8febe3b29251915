/** The fields of a change: for each thing that the table of states says it needs, one control and how to read it. */

import { ago, dayStart } from "../core/time.js";
import { ApiError, get } from "../net/api.js";
import { dateInput } from "../panel/date_input.js";
import { el } from "../panel/dom.js";
import { aside, field, select } from "./bits.js";
import { similar } from "./case_story.js";
import { templatesFor } from "./templates.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Detail} Detail */
/** @typedef {{nodes: Node[], read: () => Promise<Record<string, unknown>> | Record<string, unknown>}} Field */

const HOUR_MS = 3_600_000;

/** Templates by the state that a reason leads to. @type {Readonly<Record<string, string>>} */
const REASON_KINDS = { rejected: "reject", return_req: "return", extend_req: "extend", suspend_req: "suspend" };

/**
 * @param {Desk} desk
 * @param {Detail | null} detail null for several cases at once
 * @param {{to: string, needs: string[]}} change
 * @returns {{nodes: Node[], read: () => Promise<Record<string, unknown>>}}
 */
export function formFields(desk, detail, change) {
  const needs = change.needs.map((need) => fieldOf(desk, detail, change, need));
  const all = [...needs, ...extras(desk, detail, change)];
  return {
    nodes: all.flatMap(({ nodes }) => nodes),
    read: async () => Object.assign({}, ...(await Promise.all(all.map(({ read }) => read())))),
  };
}

/**
 * @param {Desk} desk
 * @param {Detail | null} detail
 * @param {{to: string}} change
 * @param {string} need
 * @returns {Field}
 */
function fieldOf(desk, detail, change, need) {
  const { t } = desk;
  if (need === "reason") return textField(desk, "reason", [REASON_KINDS[change.to] ?? "note"], detail, 500);
  if (need === "reply")
    return textField(desk, "reply", ["reply", ...(change.to === "rejected" ? ["reject"] : [])], detail, 4000);
  if (need === "result") return textField(desk, "result", [], detail, 2000);
  if (need === "category") return categoryField(desk, detail);
  if (need === "department") return departmentField(desk, detail);
  if (need === "worker_id") return workerField(desk, detail);
  if (need === "merge_into") return mergeField(desk, detail);
  if (need === "extend") return extendField(desk, detail);
  if (need === "until_ms") return untilField(desk);
  if (need === "approve") return approveField(desk);
  if (need.startsWith("media")) return mediaField(desk, need.split(":")[1] ?? "other");
  return textField(desk, need, [], detail, 500, t(`field.${need}`));
}

/**
 * @param {Desk} desk
 * @param {Detail | null} detail
 * @param {{to: string, needs: string[]}} change
 * @returns {Field[]}
 */
function extras(desk, detail, change) {
  if (change.to === "return_req") return [suggestField(desk)];
  if (change.to === "dispatched") return [coField(desk, detail)];
  return [];
}

/**
 * @param {Desk} desk
 * @param {string} key
 * @param {readonly string[]} kinds of templates
 * @param {Detail | null} detail
 * @param {number} most
 * @param {string} [label]
 * @returns {Field}
 */
function textField(desk, key, kinds, detail, most, label = desk.t(`field.${key}`)) {
  const text = el("textarea", { rows: 3, maxlength: most });
  return {
    nodes: [templatesFor(desk, kinds, text, detail), field(label, text)],
    read: () => (text.value.trim() ? { [key]: text.value.trim() } : {}),
  };
}

/**
 * @param {Desk} desk
 * @param {Detail | null} detail
 * @returns {Field}
 */
function categoryField(desk, detail) {
  const control = select(
    [["", desk.t("field.category.choose")], ...categoryOptions(desk)],
    detail?.case.category ?? "",
  );
  const hints = el("p", { class: "chips" });
  if (detail && !detail.case.category) void suggest(desk, detail.description, hints, (code) => (control.value = code));
  return {
    nodes: [field(desk.t("field.category"), control), hints],
    read: () => (control.value ? { category: control.value } : {}),
  };
}

/**
 * @param {Desk} desk
 * @returns {[string, string][]}
 */
export function categoryOptions(desk) {
  return desk.config.categories.map((/** @type {any} */ one) => [one.code, `${one.group} · ${desk.name(one)}`]);
}

/**
 * Categories that the words speak for, as buttons.
 * @param {Desk} desk
 * @param {string} text
 * @param {HTMLElement} box
 * @param {(code: string) => void} choose
 */
export async function suggest(desk, text, box, choose) {
  try {
    const { categories } = await get(`/api/v1/case-helpers/category?text=${encodeURIComponent(text.slice(0, 300))}`);
    box.replaceChildren(
      ...categories.map((/** @type {any} */ one) =>
        el(
          "button",
          { type: "button", class: "chip", onclick: () => choose(one.code) },
          desk.name(desk.categories.get(one.code)) || one.name,
        ),
      ),
    );
  } catch {
    box.replaceChildren(); // only a help: the list is still there
  }
}

/**
 * @param {Desk} desk
 * @param {Detail | null} detail
 * @returns {Field}
 */
function departmentField(desk, detail) {
  const proposed = detail?.case.department ?? detail?.proposed?.department ?? "";
  const control = select([["", desk.t("field.department.default")], ...departmentOptions(desk, detail)], proposed);
  const hint = detail?.proposed?.department_name
    ? desk.t("field.department.proposed", { name: detail.proposed.department_name })
    : "";
  return {
    nodes: [field(desk.t("field.department"), control, hint)],
    read: () => (control.value ? { department: control.value } : {}),
  };
}

/**
 * A department that is complained of must not get the case.
 * @param {Desk} desk
 * @param {Detail | null} detail
 * @returns {[string, string][]}
 */
function departmentOptions(desk, detail) {
  return desk.config.departments
    .filter((/** @type {any} */ one) => one.code !== detail?.complained_of)
    .map((/** @type {any} */ one) => [one.code, one.name]);
}

/**
 * @param {Desk} desk
 * @param {Detail | null} detail
 * @returns {Field}
 */
function coField(desk, detail) {
  const control = select(departmentOptions(desk, detail), "", { multiple: true, size: 4 });
  return {
    nodes: [
      el(
        "details",
        {},
        el("summary", {}, desk.t("field.co_departments")),
        field(desk.t("field.co_departments.hint"), control),
      ),
    ],
    read: () => {
      const chosen = [...control.selectedOptions].map((one) => one.value);
      return chosen.length ? { co_departments: chosen } : {};
    },
  };
}

/**
 * @param {Desk} desk
 * @returns {Field}
 */
function suggestField(desk) {
  const control = select([["", "—"], ...departmentOptions(desk, null)]);
  return {
    nodes: [field(desk.t("field.suggest"), control)],
    read: () => (control.value ? { suggest: control.value } : {}),
  };
}

/**
 * @param {Desk} desk
 * @param {Detail | null} detail
 * @returns {Field}
 */
function workerField(desk, detail) {
  const { t } = desk;
  const proposed = detail?.proposed?.worker_id ?? null;
  const control = select([["", t("field.worker.default")]]);
  if (proposed !== null)
    control.append(
      el(
        "option",
        { value: proposed, selected: true },
        t("field.worker.proposed", { name: detail.proposed.worker_name ?? proposed }),
      ),
    );
  if (detail && desk.may("map.view")) void fillNearest(desk, control, detail, proposed);
  return {
    nodes: [field(t("field.worker_id"), control)],
    read: () => (control.value ? { worker_id: Number(control.value) } : {}),
  };
}

/**
 * Who could go there, the nearest who are on duty first; the proposed one keeps its place with what is known of it.
 * @param {Desk} desk
 * @param {HTMLSelectElement} control
 * @param {Detail} detail
 * @param {number | null} proposed
 */
async function fillNearest({ t, language }, control, detail, proposed) {
  const found = await get(`/api/v1/cases/${detail.case.id}/nearest`).catch(() => null);
  for (const one of found?.candidates ?? []) {
    const facts = [
      `${one.name} · ${one.grid_name}`,
      one.on_duty ? "" : t("nearest.off"),
      one.distance_m === null ? "" : t("similar.metres", { n: Math.round(one.distance_m) }),
      one.position_age_s === null ? "" : ago(one.position_age_s * 1000, language),
      one.open_tasks ? t("nearest.tasks", { n: one.open_tasks }) : "",
    ].filter(Boolean);
    const words = facts.join(" · ");
    if (one.worker_id !== proposed) control.append(el("option", { value: one.worker_id }, words));
    else if (control.options[1]) control.options[1].textContent = t("field.worker.proposed", { name: words });
  }
}

/**
 * @param {Desk} desk
 * @param {Detail | null} detail
 * @returns {Field}
 */
function mergeField(desk, detail) {
  const { t } = desk;
  const control = el("input", { inputmode: "numeric", placeholder: t("field.merge_into.hint") });
  const chips = el("div", { class: "chips" });
  if (detail?.case.lat !== null && detail)
    void similar({ ...detail.case, text: detail.description })
      .then((found) =>
        chips.replaceChildren(
          ...found
            .filter((one) => one.id !== detail.case.id && desk.states.get(one.state)?.open)
            .map((one) =>
              el(
                "button",
                { type: "button", class: "chip is-long", onclick: () => (control.value = String(one.id)) },
                aside(`#${one.id} ${one.title}`, t("similar.metres", { n: Math.round(one.distance_m) }), t),
              ),
            ),
        ),
      )
      .catch(() => {});
  return {
    nodes: [field(t("field.merge_into"), control), chips],
    read: () => ({ merge_into: Number(control.value) || 0 }),
  };
}

/**
 * @param {Desk} desk
 * @param {Detail | null} detail
 * @returns {Field}
 */
function extendField(desk, detail) {
  const { t } = desk;
  const number = el("input", { type: "number", min: 1, max: 1000, value: 1 });
  const leader = el("input", { maxlength: 60 });
  const unit = detail?.unit ? t(`unit.${detail.unit}`, { n: "" }).trim() : "";
  return {
    nodes: [field(aside(t("field.extend"), unit, t), number), field(t("field.leader"), leader, t("field.leader.hint"))],
    read: () => ({ extend: Number(number.value), ...(leader.value.trim() ? { leader: leader.value.trim() } : {}) }),
  };
}

/**
 * @param {Desk} desk
 * @returns {Field}
 */
function untilField(desk) {
  const control = dateInput({ required: true });
  // Until the beginning of the working day, in the county's zone.
  return {
    nodes: [field(desk.t("field.until_ms"), control)],
    read: () => ({ until_ms: (dayStart(control.value) ?? 0) + 8.5 * HOUR_MS }),
  };
}

/**
 * @param {Desk} desk
 * @returns {Field}
 */
function approveField(desk) {
  const { t } = desk;
  const approve = select(
    [
      ["yes", t("approve.yes")],
      ["no", t("approve.no")],
    ],
    "yes",
  );
  const reason = el("textarea", { rows: 2, maxlength: 500 });
  return {
    nodes: [field(t("field.approve"), approve), field(t("field.approve.reason"), reason)],
    read: () => ({ approve: approve.value === "yes", ...(reason.value.trim() ? { reason: reason.value.trim() } : {}) }),
  };
}

/**
 * @param {Desk} desk
 * @param {string} role
 * @returns {Field}
 */
function mediaField(desk, role) {
  const { t } = desk;
  const input = el("input", { type: "file", accept: "image/jpeg,image/png,image/webp", multiple: true });
  return {
    nodes: [field(t("field.media", { role: t(`media.${role}`) }), input, t("field.media.hint"))],
    read: async () => {
      const media = await Promise.all(
        [...(input.files ?? [])].map(async (file) => ({ ref: await upload(file), role })),
      );
      return media.length ? { media } : {};
    },
  };
}

/**
 * @param {Blob} file
 * @returns {Promise<string>} its ref
 */
export async function upload(file) {
  const response = await fetch("/api/v1/media", { method: "POST", body: file, credentials: "same-origin" });
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body.ref;
  const said = body.error ?? {};
  throw new ApiError({
    code: said.code ?? "failed",
    message: said.message ?? "",
    status: response.status,
    field: "media",
    allowed: said.allowed,
  });
}
