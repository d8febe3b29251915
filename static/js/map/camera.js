/** Where the map looks: at everything, at a worker, along with a worker; never against the reader's hand. */

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../core/datum.js").Edge} Edge */
/** @typedef {import("../core/page_state.js").PageState} PageState */
/** @typedef {import("./workers_layer.js").WorkersLayer} WorkersLayer */
/** @typedef {import("./replay_view.js").ReplayView} ReplayView */
/** @typedef {import("../../vendor/maplibre-gl.mjs").Map} MapLibre */

const WORKER_ZOOM = 15.4;
// Less than this off the middle is not worth moving the whole map for.
const SLACK_PX = 0.6;

export class Camera {
  /** @type {ReplayView | null} */
  replay = null;
  #moving = false;

  /**
   * @param {App} app
   * @param {{map: MapLibre, layer: WorkersLayer, edge: Edge, bounds: [number, number, number, number]}} parts
   */
  constructor(app, { map, layer, edge, bounds }) {
    this.app = app;
    this.map = map;
    this.layer = layer;
    this.edge = edge;
    this.bounds = bounds;
    map.on("moveend", () => this.#remember());
    map.on("dragstart", () => app.state.set({ follow: false }));
    map.on("resize", () => this.#remember());
    app.state.on(["follow"], ({ follow, selected }) => {
      if (follow && selected !== null) this.goTo(selected);
    });
  }

  /**
   * The room that panels take from the map.
   * @param {PageState} state
   */
  static padding({ listOpen, cardOpen, selected }) {
    const card = cardOpen && selected !== null;
    if (innerWidth <= 760) return { left: 24, right: 64, top: 24, bottom: card ? Math.round(innerHeight * 0.55) : 148 };
    return { left: listOpen ? 352 : 32, right: card ? 372 : 64, top: 24, bottom: 104 };
  }

  home() {
    const [west, south, east, north] = this.bounds;
    this.app.state.set({ follow: false });
    this.map.fitBounds([this.edge.toMap([west, south]), this.edge.toMap([east, north])], {
      padding: Camera.padding(this.app.state.values),
      duration: this.#duration(),
    });
  }

  /** @param {[number, number][]} points in the map's datum */
  fit(points) {
    const lons = points.map(([lon]) => lon);
    const lats = points.map(([, lat]) => lat);
    this.map.fitBounds(
      [
        [least(lons), least(lats)],
        [most(lons), most(lats)],
      ],
      { padding: Camera.padding(this.app.state.values), maxZoom: 16, duration: this.#duration() },
    );
  }

  /**
   * Brings a worker into the middle of what the panels leave free.
   * @param {number} id
   * @param {boolean} [closer] also zooms in where it is still far
   */
  goTo(id, closer = false) {
    const place = this.#placeOf(id);
    if (!place) return;
    const zoom = Math.max(this.map.getZoom(), closer ? WORKER_ZOOM : Math.min(WORKER_ZOOM, 13.6));
    this.map.easeTo({ center: place, zoom, offset: this.#offset(), duration: this.#duration() });
  }

  /** Follows the selected worker, frame by frame. */
  keepUp() {
    const { follow, selected } = this.app.state.values;
    if (!follow || selected === null || this.#moving || this.map.isZooming() || this.map.isMoving()) return;
    const place = this.#placeOf(selected);
    if (!place) return;
    const { x, y } = this.map.project(place);
    const [ox, oy] = this.#offset();
    const { clientWidth, clientHeight } = this.map.getContainer();
    if (Math.hypot(x - clientWidth / 2 - ox, y - clientHeight / 2 - oy) < SLACK_PX) return;
    this.#moving = true;
    requestAnimationFrame(() => {
      this.map.easeTo({ center: place, offset: [ox, oy], duration: 0 });
      this.#moving = false;
    });
  }

  /**
   * @param {number} id
   * @returns {[number, number] | null}
   */
  #placeOf(id) {
    if (this.app.state.values.replayMs !== null) {
      const moment = this.replay?.momentOf(id);
      return moment ? this.edge.toMap([moment.lon, moment.lat]) : null;
    }
    const slot = this.app.workers.slotOf(id);
    return this.app.workers.isShown(slot) ? this.layer.shownLonLat(slot) : null;
  }

  /** @returns {[number, number]} */
  #offset() {
    const { left, right, top, bottom } = Camera.padding(this.app.state.values);
    return [(left - right) / 2, (top - bottom) / 2];
  }

  #duration() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 420;
  }

  #remember() {
    const { lng, lat } = this.map.getCenter();
    const [lon, south] = this.edge.fromMap([lng, lat]);
    this.app.state.set({ view: { lon, lat: south, zoom: this.map.getZoom() } });
  }
}

/** @param {readonly number[]} values */
const least = (values) => values.reduce((a, b) => Math.min(a, b), 180);

/** @param {readonly number[]} values */
const most = (values) => values.reduce((a, b) => Math.max(a, b), -180);
