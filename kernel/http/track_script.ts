import { createHash } from "node:crypto";
import { matchesEtag } from "./static/mod.ts";

/** Where every app's host has the script. */
export const SCRIPT_PATH = "/_fazt/a.js";
/** Where pages tell what happens on them. */
export const TRACK_PATH = "/track";

/**
 * Tells the node of pages that a script shows without loading them, and of what else happens:
 * `fazt.track("signed up")`. It sets nothing in the browser and reads nothing from it. The page
 * that loaded it was counted when it was sent.
 */
const SCRIPT = `(()=>{
const n=navigator;
const off=n.doNotTrack==="1"||n.globalPrivacyControl===true;
const tell=(d)=>{if(!off&&n.sendBeacon)n.sendBeacon("${TRACK_PATH}",JSON.stringify(d))};
let at=location.pathname;
const look=()=>{const p=location.pathname;if(p!==at){at=p;tell({path:p})}};
for(const k of["pushState","replaceState"]){
const was=history[k];
history[k]=function(){const r=was.apply(this,arguments);look();return r};
}
addEventListener("popstate",look);
const f=globalThis.fazt=globalThis.fazt||{};
f.track=(event)=>tell({path:location.pathname,event:String(event)});
})();
`;

const BYTES = new TextEncoder().encode(SCRIPT);
const ETAG = `"${createHash("sha256").update(BYTES).digest("base64url").slice(0, 22)}"`;
const HEADERS = {
  etag: ETAG,
  "content-type": "text/javascript; charset=utf-8",
  "cache-control": "public, max-age=86400",
  "x-content-type-options": "nosniff",
};

/** The script, from memory. */
export function trackScript(request: Request): Response {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const condition = request.headers.get("if-none-match");
  if (condition !== null && matchesEtag(condition, ETAG)) {
    return new Response(null, { status: 304, headers: HEADERS });
  }
  return new Response(request.method === "HEAD" ? null : BYTES, {
    headers: { ...HEADERS, "content-length": String(BYTES.length) },
  });
}
