/** How long a request may take to arrive whole. */
export const REQUEST_TIMEOUT_MS = 30 * 60_000;

/** After this nobody works on a request any more: its process is gone. */
export const DEAD_REQUEST_MS = REQUEST_TIMEOUT_MS + 10 * 60_000;
