// The two ways between page and server: actions go there, the state of the workspace comes back as it changes.

import { change, state } from "./store.js";
import { t } from "./words.js";

/** Does something as the person; gives {ok, error?, …} and never throws. */
export async function act(action) {
  return post(`/api/act${asPerson()}`, action);
}

/** The query that says who one is; nobody in particular until the server has said so. */
function asPerson() {
  return state.person ? `?as=${encodeURIComponent(state.person)}` : "";
}

/** Does something and says it aloud when it did not work. */
export async function actAloud(action) {
  const answer = await act(action);
  if (!answer.ok) toast(answer.error);
  return answer;
}

/** Turns a way to break things on or off. */
export async function breakIt(name, on) {
  const answer = await post("/api/break", { switch: name, on });
  if (answer.ok === false) toast(answer.error);
}

export function toast(words) {
  change({ toast: { words } });
}

async function post(address, body) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return inWords(await answer.json());
  } catch {
    return { ok: false, error: t("unreachable") };
  }
}

/** What was refused, in the person's language where the page has words for it. */
function inWords(answer) {
  return answer.code ? { ...answer, error: t(answer.code) } : answer;
}

let stream = null;

/** Follows the workspace as this person sees it; the browser connects again by itself. */
export function follow({ onState, onTraffic }) {
  stream?.close();
  stream = new EventSource(`/api/stream${asPerson()}`);
  stream.addEventListener("state", (event) => onState(JSON.parse(event.data)));
  stream.addEventListener("traffic", (event) => onTraffic(JSON.parse(event.data)));
  stream.onopen = () => change({ connected: true });
  stream.onerror = () => change({ connected: false });
}
