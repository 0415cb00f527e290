// The way to the engine: a session, its stream of pictures, and what it is told to do.

let session = null;
let stopped = false;

async function send(path, body, type = 'text/plain') {
  const response = await fetch(path, { method: 'POST', body, headers: { 'content-type': type } });
  if (response.ok) return response;
  let message = `the server answered ${response.status}`;
  try { message = (await response.json()).error ?? message; } catch { /* not JSON */ }
  const error = new Error(message);
  error.status = response.status;
  throw error;
}

/** Opens a session for the address's query. */
export async function open(query) {
  const answer = await (await send('/session', query)).json();
  session = answer.session;
  return answer.scene;
}

/** Tells the session to do something: play, pause, step, epoch, back, reset. */
export const act = (action) => send(`/session/${session}/${action}`, '');

/** Other settings; answers with the scene. */
export const change = async (query) => (await send(`/session/${session}/settings`, query)).json();

/** A table to learn from; answers with the scene. */
export const upload = async (file, query) =>
  (await send(
    `/session/${session}/table?name=${encodeURIComponent(file.name)}&q=${encodeURIComponent(query)}`,
    file, 'text/csv')).json();

/** Both passes on the rows of the next update. */
export async function backward() {
  const response = await fetch(`/session/${session}/backward`);
  if (!response.ok) throw new Error((await response.json()).error);
  return response.json();
}

/** Where the session's derivation and exports are. */
export const addressOf = (what) => `/session/${session}/${what}`;

/** Reads pictures until the session ends; tries again when the connection is lost. */
export async function stream(onFrame, onEnd) {
  let failures = 0;
  while (!stopped) {
    try {
      const response = await send(`/session/${session}/events`, '');
      failures = 0;
      if (await read(response.body, onFrame)) break;
    } catch (error) {
      if (error.status === 404) break;
    }
    failures += 1;
    if (failures > 5) break;
    await new Promise((done) => setTimeout(done, 400 * failures));
  }
  if (!stopped) onEnd();
}

/** Server-sent events, one after the other; true when the last says that there are no more. */
async function read(body, onFrame) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return false;
    rest += value;
    const events = rest.split('\n\n');
    rest = events.pop();
    let latest = null;
    for (const event of events) {
      if (event.startsWith('event: ended')) return true;
      if (event.startsWith('data: ')) latest = event.slice(6);
    }
    // Where several have come at once, the last is the one to see.
    if (latest) onFrame(JSON.parse(latest));
  }
}

addEventListener('pagehide', () => { stopped = true; });
