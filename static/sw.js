/** Stands at the root so that its scope may be /phone; the work is done in the phone's own folder. */

// @ts-expect-error an address on the server, not a path on disk
import { serve } from "/static/js/phone/worker.js";

// The version stands here too: Chromium takes a new worker only when this very file has changed, not for an import of it.
serve("523e17406c76");
