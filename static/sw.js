/** Stands at the root so that its scope may be /phone; the work is done in the phone's own folder. */

// @ts-expect-error an address on the server, not a path on disk
import "/static/js/phone/worker.js";
