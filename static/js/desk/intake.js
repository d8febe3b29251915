/** Taking a call: who calls and what they said before, what it is, where, whether it is known already; then the query code to tell them. */

import { get, post } from "../net/api.js";
import { el } from "../panel/dom.js";
import { spaced } from "../report/clip.js";
import { newId } from "../report/kept.js";
import { questionPart } from "../report/questions.js";
import { categoryOptions, suggest, upload } from "./action_fields.js";
import { aside, failure, field, lightMark, moment, note, problemLine, say, select } from "./bits.js";
import { similar, similarRow } from "./case_story.js";
import { caseLink, part } from "./part.js";

/** @typedef {import("./desk.js").Desk} Desk */

const PAUSE_MS = 400;

/**
 * @param {HTMLElement} root
 * @param {Desk} desk
 */
export function mountIntake(root, desk) {
  const { t } = desk;
  let clientId = newId();
  const phones = desk.config.channels.filter(
    (/** @type {any} */ one) => one.enabled && !["worker", "code"].includes(one.kind),
  );
  const channel = select(
    phones.map((/** @type {any} */ one) => [one.code, desk.name(one)]),
    "centre",
  );
  const phone = el("input", { type: "tel", inputmode: "tel", maxlength: 20, autocomplete: "off" });
  const name = el("input", { maxlength: 30, autocomplete: "off" });
  const text = el("textarea", { rows: 6, maxlength: 4000 });
  const category = select([["", t("intake.no_category")], ...categoryOptions(desk)]);
  const questions = questionPart(t);
  const chips = el("p", { class: "chips" });
  const place = placeField(desk);
  const address = el("input", { maxlength: 200, placeholder: t("intake.address.hint") });
  const external = el("input", { maxlength: 60 });
  const complained = select([
    ["", t("intake.no_complaint")],
    ...desk.config.departments.map((/** @type {any} */ one) => [one.code, one.name]),
  ]);
  const urgent = el("input", { type: "checkbox" });
  const secret = el("input", { type: "checkbox" });
  const photos = el("input", { type: "file", accept: "image/jpeg,image/png,image/webp", multiple: true });
  const side = el("aside", { class: "intake-side" });
  const [history, alike] = [el("div", {}), el("div", {})];
  const problem = problemLine();
  const submit = el("button", { type: "submit", class: "button is-main" }, t("intake.submit"));

  later(phone, () => void callerHistory(desk, phone.value, history));
  const look = () => {
    void suggest(desk, text.value, chips, (code) => {
      category.value = code;
      chosen();
    });
    void duplicates(desk, { point: place.point(), category: category.value, text: text.value }, alike);
  };
  later(text, () => text.value.trim().length > 3 && look());
  const chosen = () => {
    questions.ask(desk.categories.get(category.value)?.attributes ?? []);
    look();
  };
  category.addEventListener("change", chosen);
  place.onchange = look;

  const check = (/** @type {HTMLInputElement} */ box, /** @type {string} */ label) =>
    el("label", { class: "check" }, box, label);
  const form = el(
    "form",
    { class: "intake", novalidate: true },
    el("h2", {}, t("tab.new")),
    el("div", { class: "two" }, field(t("intake.channel"), channel), field(t("intake.external"), external)),
    el("div", { class: "two" }, field(t("intake.phone"), phone), field(t("intake.name"), name)),
    field(t("intake.text"), text),
    field(t("field.category"), category),
    chips,
    questions.node,
    el("div", { class: "two" }, place.node, field(t("intake.address"), address)),
    el(
      "details",
      {},
      el("summary", {}, t("intake.more")),
      field(t("intake.complained_of"), complained, t("intake.complained_of.hint")),
      field(t("intake.photos"), photos),
    ),
    el("p", { class: "line" }, check(urgent, t("urgent")), check(secret, t("intake.secret"))),
    problem,
    submit,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const unanswered = questions.check();
    if (unanswered) return unanswered.focus();
    submit.disabled = true;
    say(problem, "");
    try {
      const media = await Promise.all(
        [...(photos.files ?? [])].map(async (file) => ({ ref: await upload(file), role: "report" })),
      );
      const taken = await post("/api/v1/cases", {
        client_id: clientId,
        channel: channel.value,
        description: text.value.trim(),
        ...place.value(),
        ...(category.value ? { category: category.value } : {}),
        attributes: questions.answers(),
        ...(address.value.trim() ? { address: address.value.trim() } : {}),
        ...(external.value.trim() ? { external_number: external.value.trim() } : {}),
        ...(complained.value ? { complained_of: complained.value } : {}),
        urgent: urgent.checked,
        secret: secret.checked,
        reporter: { name: name.value.trim(), phone: phone.value.trim() },
        media,
      });
      clientId = newId();
      showTaken(taken);
    } catch (error) {
      say(problem, failure(error, t));
      submit.disabled = false;
    }
  });

  const showTaken = (/** @type {any} */ taken) => {
    const again = () => mountIntake(root, desk);
    root.replaceChildren(
      el(
        "section",
        { class: "taken" },
        el("h2", { tabindex: -1 }, t(taken.again ? "intake.again" : "intake.done", { number: taken.number })),
        taken.query_code ? el("p", {}, t("intake.code")) : null,
        taken.query_code ? el("p", { class: "big-code" }, spaced(taken.query_code)) : null,
        el(
          "p",
          { class: "line" },
          el("button", { type: "button", class: "button is-main", onclick: again }, t("intake.next")),
          el("button", { type: "button", class: "button", onclick: () => desk.open(taken.id) }, t("intake.open")),
        ),
      ),
    );
    root.querySelector("h2")?.focus();
    void desk.loadQueues();
    void desk.loadList({ quiet: true });
  };
  side.append(history, alike);
  root.replaceChildren(el("div", { class: "intake-page" }, form, side));
  desk.state.on(["tab"], ({ tab }) => tab === "new" && phone.isConnected && setTimeout(() => phone.focus()));
  setTimeout(() => phone.focus());
}

/**
 * Runs when one has stopped typing.
 * @param {HTMLElement} control
 * @param {() => void} run
 */
function later(control, run) {
  let timer = 0;
  control.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(run, PAUSE_MS);
  });
}

/**
 * A village by name, found while one types it; its middle stands for the place until somebody knows better.
 * @param {Desk} desk
 */
function placeField(desk) {
  const { t } = desk;
  const names = new Map(desk.divisions.map((one) => [one.code, one.name]));
  const villages = desk.divisions
    .filter((one) => one.level === 3)
    .map((one) => ({ ...one, shown: aside(one.name, names.get(one.parent ?? "") ?? "", t) }));
  const id = "villages";
  const input = el("input", { list: id, placeholder: t("intake.place.hint"), autocomplete: "off" });
  const node = field(t("intake.place"), input);
  node.append(el("datalist", { id }, ...villages.map((one) => el("option", { value: one.shown }))));
  const found = () =>
    villages.find((one) => one.shown === input.value) ??
    villages.find((one) => one.name === input.value.trim()) ??
    null;
  const coordinates = () => {
    const [lat, lon] = input.value.split(/[,，\s]+/).map(Number);
    return lat && lon && Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
  };
  const part = {
    node,
    onchange: () => {},
    value: () => coordinates() ?? (found() ? { area: found()?.code } : {}),
    /** @returns {{lat: number, lon: number} | null} */
    point: () => {
      const village = found();
      return coordinates() ?? (village && village.lat !== null ? { lat: village.lat, lon: village.lon } : null);
    },
  };
  input.addEventListener("change", () => part.onchange());
  return part;
}

/**
 * @param {Desk} desk
 * @param {string} phone
 * @param {HTMLElement} box
 */
async function callerHistory(desk, phone, box) {
  const digits = phone.replace(/[\s-]/g, "");
  if (digits.length < 7) return box.replaceChildren();
  const { t } = desk;
  try {
    const { cases } = await get(`/api/v1/case-helpers/caller?phone=${encodeURIComponent(digits)}`);
    const rows = cases.map((/** @type {any} */ one) =>
      el(
        "li",
        { class: "line" },
        lightMark(one.light, t),
        caseLink(desk, one.id, one.title),
        el("span", { class: "quiet" }, desk.stateName(one.state)),
        moment(one.reported_ms),
      ),
    );
    box.replaceChildren(
      part(
        t("intake.history", { n: cases.length }),
        cases.length
          ? el("ul", { class: "plain-list" }, ...rows)
          : el("p", { class: "quiet" }, t("intake.history.none")),
      ),
    );
  } catch (error) {
    box.replaceChildren(note(failure(error, t), { bad: true }));
  }
}

/**
 * @param {Desk} desk
 * @param {{point: {lat: number, lon: number} | null, category: string, text: string}} wish
 * @param {HTMLElement} box
 */
async function duplicates(desk, { point, category, text }, box) {
  if (!point || text.trim().length < 2) return box.replaceChildren();
  try {
    const found = await similar({ ...point, category: category || null, text });
    box.replaceChildren(
      found.length
        ? part(desk.t("intake.alike"), el("ul", { class: "plain-list" }, ...found.map((one) => similarRow(desk, one))))
        : "",
    );
  } catch {
    box.replaceChildren(); // only a help: the call goes on
  }
}
