import assert from "node:assert/strict";
import type { ConnectionInfo } from "./listener/mod.ts";
import { readFields } from "../lib/request_fields.ts";
import type { Trusts } from "./client_address.ts";
import { isLocalCall, requestTarget } from "./request_target.ts";

const info = (about: Partial<ConnectionInfo> = {}, hostname = "203.0.113.7"): ConnectionInfo => ({
  remoteAddr: { transport: "tcp", hostname, port: 5000 },
  completed: Promise.resolve(),
  secure: false,
  http2: false,
  ...about,
});
const request = (url: string, headers: Record<string, string> = {}, method = "GET") => {
  const made = new Request("http://x.example/", { method, headers });
  return Object.defineProperty(made, "url", { value: url });
};
const never = () => false;
const targetOf = (asked: Request, info: ConnectionInfo, trusts: Trusts) =>
  requestTarget(asked, { info, fields: readFields(asked.headers), trusts });

Deno.test("HTTP/2 names the host in its target, HTTP/1.1 in a field", () => {
  const url = "https://a.example/x?y";
  const secure = { secure: true };
  assert.deepEqual(targetOf(request(url), info({ ...secure, http2: true }), never), {
    host: "a.example",
    path: "/x",
    query: "?y",
    secure: true,
  });
  assert.equal(targetOf(request(url), info(secure), never), 400);
  const wrong = request(url, { host: "b.example" });
  assert.equal(targetOf(wrong, info({ ...secure, http2: true }), never), 400);
});

Deno.test("the port a scheme has anyway makes no difference", () => {
  const seen = targetOf(request("http://a.example/", { host: "A.example:80" }), info(), never);
  assert.equal(typeof seen, "object");
  assert.equal(
    targetOf(request("http://a.example/", { host: "a.example:81" }), info(), never),
    400,
  );
});

Deno.test("a connection is as secure as it is, or as a trusted proxy says", () => {
  const headers = { host: "a.example", "x-forwarded-proto": "https" };
  const plain = request("http://a.example/x", headers);
  assert.partialDeepStrictEqual(targetOf(plain, info(), never), { secure: false });
  assert.equal(plain.url, "http://a.example/x");
  const proxied = {
    ...info(),
    remoteAddr: { transport: "tcp" as const, hostname: "10.0.0.1", port: 1 },
  };
  const forwarded = new Request("http://a.example/x", { headers });
  assert.partialDeepStrictEqual(targetOf(forwarded, proxied, (from) => from === "10.0.0.1"), {
    secure: true,
  });
  assert.equal(forwarded.url, "https://a.example/x");
});

Deno.test("what would be done twice is not done in early data", () => {
  const of = (method: string) =>
    targetOf(
      request("http://a.example/", { host: "a.example", "early-data": "1" }, method),
      info(),
      never,
    );
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) assert.equal(of(method), 425, method);
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    assert.equal(typeof of(method), "object", method);
  }
});

Deno.test("only a program of this machine that names this machine is local", () => {
  const ask = request("http://127.0.0.1:8080/api");
  assert.equal(isLocalCall("127.0.0.1:8080", ask, info({}, "127.0.0.1")), true);
  assert.equal(isLocalCall("[::1]:8080", ask, info({}, "::1")), true);
  assert.equal(isLocalCall("app.localhost:8080", ask, info({}, "127.0.0.1")), false);
  assert.equal(isLocalCall("127.0.0.1:8080", ask, info()), false);
  const proxied = request("http://127.0.0.1:8080/api", { "x-forwarded-for": "203.0.113.7" });
  assert.equal(isLocalCall("127.0.0.1:8080", proxied, info({}, "127.0.0.1")), false);
});
