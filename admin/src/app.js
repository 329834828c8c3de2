// The dashboard. Everything shown comes through textContent: data is never markup.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// @ts-check

/** @typedef {{id: string, name: string, title?: string, url: string, revision?: number, files: number, size: number, hasServer: boolean, grants: {pending: string[]}}} App */

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const signOut = /** @type {HTMLButtonElement} */ (document.getElementById("sign-out"));
const nodeName = /** @type {HTMLElement} */ (document.getElementById("node"));

/** What the node said no with. */
class ApiError extends Error {
  /** @param {number} status @param {{message?: string, hint?: string}} body */
  constructor(status, body) {
    super([body.message ?? `The node answered ${status}`, body.hint].filter(Boolean).join(" — "));
    this.status = status;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, answer.error ?? {});
  return answer.data;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** @param {...(Node | string)} children */
function show(...children) {
  main.replaceChildren(...children);
}

/** @param {number} bytes */
function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  while (bytes >= 1000 && unit < 3) {
    bytes /= 1000;
    unit++;
  }
  return `${bytes < 10 && unit > 0 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

/** @param {Record<string, string>} facts */
function factList(facts) {
  return element(
    "dl",
    { class: "facts" },
    ...Object.entries(facts).map(([name, value]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, value))
    ),
  );
}

/** @param {App} app */
function appRow(app) {
  const about = [
    app.revision === undefined ? "nothing deployed yet" : `revision ${app.revision}`,
    `${app.files} files`,
    size(app.size),
    ...(app.hasServer ? ["server code"] : []),
    ...(app.grants.pending.length > 0
      ? [`waits for approval: ${app.grants.pending.join(", ")}`]
      : []),
  ].join(" · ");
  const link = element("a", { href: safeUrl(app.url), rel: "noopener" }, app.title ?? app.name);
  const row = element(
    "li",
    {},
    element("span", { class: "name" }, link),
    element("span", { class: "quiet" }, about),
  );
  if ((app.revision ?? 0) > 1) {
    const back = /** @type {HTMLButtonElement} */ (
      element("button", { type: "button", "aria-label": `Roll back ${app.name}` }, "Roll back")
    );
    back.addEventListener(
      "click",
      () => act(back, () => call("POST", `/api/apps/${app.id}/rollback`, {})),
    );
    row.append(back);
  }
  return row;
}

/** @param {string} text */
function safeUrl(text) {
  return /^https?:\/\//.test(text) ? text : "#";
}

/**
 * Does something, then shows what is true now.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<unknown>} work
 */
async function act(button, work) {
  button.disabled = true;
  try {
    await work();
    await home();
  } catch (error) {
    button.disabled = false;
    button.after(
      element(
        "span",
        { class: "error", role: "alert" },
        String(/** @type {Error} */ (error).message),
      ),
    );
  }
}

async function home() {
  const [health, apps] = await Promise.all([
    call("GET", "/api/system/health"),
    call("GET", "/api/apps"),
  ]);
  nodeName.textContent = `${health.url} · ${health.version}`;
  signOut.hidden = false;
  const list = apps.length === 0
    ? element(
      "p",
      {},
      "No apps yet. Deploy a folder: ",
      element("code", {}, "fazt app deploy ./my-site"),
    )
    : element("ul", { class: "apps" }, .../** @type {App[]} */ (apps).map(appRow));
  show(
    element("h1", {}, "Home"),
    factList({
      Mode: health.mode,
      Apps: String(health.apps),
      Memory: size(health.memory.rss),
      Database: size(health.database.bytes),
      "File cache": size(health.cache.bytes),
      Up: `${Math.floor(health.uptimeMs / 60000)} min`,
    }),
    element("h2", {}, "Apps"),
    list,
  );
}

function signedOut(/** @type {string} */ why) {
  signOut.hidden = true;
  show(
    element("h1", {}, "Sign in"),
    element("p", {}, why),
    element("p", {}, "On the machine that runs this node, this prints a link that works once:"),
    element("pre", {}, element("code", {}, "fazt server set-credentials")),
  );
}

/** Trades the token of an owner link for a session; it never stays in the address. */
async function welcome() {
  const token = location.hash.slice(1);
  history.replaceState(null, "", "/");
  if (token === "") return;
  await call("POST", "/api/session", { token });
}

signOut.addEventListener("click", () =>
  act(signOut, async () => {
    await call("DELETE", "/api/session");
    signOut.disabled = false;
  }));

async function start() {
  try {
    if (location.pathname === "/welcome") await welcome();
    await home();
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
      return signedOut(
        "You are not signed in, or the link has been used or is older than 30 minutes.",
      );
    }
    show(
      element("h1", {}, "The node does not answer as it should"),
      element("p", { class: "error", role: "alert" }, String(/** @type {Error} */ (error).message)),
    );
  }
}

start();
