// What the owner is told of a node at work: visitors, short links, the log, metrics.
import assert from "node:assert/strict";
import {
  api,
  cli,
  deploy,
  startNode,
  type TestNode,
  until,
  visit,
  visitHost,
} from "../helpers/mod.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
  "Chrome/120.0.0.0 Safari/537.36";
const HUMAN = { "user-agent": CHROME };

const as = (headers: Readonly<Record<string, string>> = {}) => ({
  headers: { ...HUMAN, ...headers },
});

async function views(node: TestNode, app: string): Promise<number> {
  return (await api(node, "GET", `/api/analytics?app=${app}`)).data.totals.views;
}

Deno.test("visitors of apps are counted without knowing them, and shown to whoever may", async (t) => {
  await using node = await startNode({ settings: { "analytics.countryHeader": "cf-ipcountry" } });
  await deploy(node, "site", {
    "index.html": "<h1>hi</h1>",
    "about.html": "about",
    "a.css": "a{}",
    "r/taken.html": "mine",
    "api/main.js": `export default (request) => {
      console.warn("=HYPERLINK(1) \\u001b[2J", { path: new URL(request.url).pathname });
      return new Response("<p>x", { headers: { "content-type": "text/html" } });
    }`,
  });
  await deploy(node, "quiet", {
    "index.html": "x",
    "app.json": '{"name":"quiet","analytics":false}',
  });

  await t.step("pages of people count; what else is asked for is an answer", async () => {
    await visit(
      node,
      "site",
      "/",
      as({ referer: "https://news.example/?ann", "cf-ipcountry": "DE" }),
    );
    await visit(node, "site", "/about?secret=1", as());
    await visit(node, "site", "/api/page", as());
    await visit(node, "site", "/a.css", as());
    await visit(node, "site", "/nothing", as());
    await visit(node, "site", "/about", as({ dnt: "1" }));
    await visit(node, "site", "/about", { headers: { "user-agent": "curl/8" } });
    await visit(node, "quiet", "/", as());
    const { data } = await api(node, "GET", "/api/analytics?app=site&step=hour");
    assert.deepEqual([data.totals.views, data.totals.visitors, data.totals.requests], [3, 1, 7]);
    assert.deepEqual([data.statuses["2xx"], data.statuses["4xx"]], [6, 1]);
    assert.ok(data.latency.p99 > 0 && data.totals.bytesOut > 0);
    assert.equal(data.series.length, (data.to - data.from) / 3_600_000);
    const top = async (kind: string) =>
      (await api(node, "GET", `/api/analytics/top?app=site&kind=${kind}`)).data.items
        .map(({ name }: { name: string }) => name).sort();
    assert.deepEqual(await top("path"), ["/", "/about", "/api/page"]);
    assert.deepEqual(await top("referrer"), ["", "news.example"]);
    assert.deepEqual(await top("country"), ["DE"]);
    assert.equal((await api(node, "GET", "/api/analytics/live?app=site")).data.visitors, 1);
    const quiet = (await api(node, "GET", "/api/analytics?app=quiet")).data.totals;
    assert.deepEqual([quiet.views, quiet.visitors, quiet.requests], [0, 0, 1]);
  });

  await t.step(
    "pages tell of views without a load; nothing but the app's own page may",
    async () => {
      const script = await visit(node, "site", "/_fazt/a.js");
      assert.match(script.headers.get("content-type")!, /^text\/javascript/);
      assert.match(script.headers.get("cache-control")!, /max-age/);
      const tell = (body: string, headers = {}) =>
        visit(node, "site", "/track", { method: "POST", body, ...as(headers) });
      const own = { "sec-fetch-site": "same-origin" };
      assert.equal((await tell('{"path":"/spa"}', own)).status, 204);
      assert.equal((await tell('{"event":"signed up"}', own)).status, 204);
      assert.equal(await views(node, "site"), 4);
      const refused = async (body: string, headers = {}) => {
        const answer = await tell(body, headers);
        return [answer.status, JSON.parse(answer.text).error.code];
      };
      assert.deepEqual(await refused('{"path":"/x"}', { "sec-fetch-site": "cross-site" }), [
        403,
        "FORBIDDEN",
      ]);
      assert.deepEqual(await refused('{"path":"/x"}', { origin: "https://evil.example" }), [
        403,
        "FORBIDDEN",
      ]);
      assert.deepEqual(await refused("{"), [400, "BAD_REQUEST"]);
      assert.deepEqual(await refused('{"path":"x"}'), [422, "INVALID"]);
      assert.deepEqual(await refused('{"event":"\\u001b[2J"}'), [422, "INVALID"]);
      assert.deepEqual(await refused('{"more":1}'), [422, "INVALID"]);
      assert.deepEqual(await refused(`{"path":"/${"x".repeat(5000)}"}`), [413, "TOO_LARGE"]);
      assert.equal(await views(node, "site"), 4);
    },
  );

  await t.step("hostile paths, referrers and browsers harm no list and no table", async () => {
    for (const bad of ["/%1b[31m", `/${"x".repeat(3000)}`, "/=cmd()", "/%e2%80%ae"]) {
      await visit(node, "site", `/api${bad}`, {
        headers: {
          "user-agent": `${CHROME} ${"(".repeat(3000)}`,
          referer: `https://${"a".repeat(2000)}`,
        },
      });
    }
    const csv = await visitHost(
      node,
      `127.0.0.1:${node.port}`,
      "/api/analytics.csv?app=site&kind=path",
      {
        headers: { authorization: `Bearer ${node.token}` },
      },
    );
    assert.match(csv.headers.get("content-type")!, /^text\/csv/);
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    assert.doesNotMatch(csv.text, /^[=+@]|[\u0000-\u0009\u000b\u000c\u000e-\u001f]/m);
    const { items } = (await api(node, "GET", "/api/analytics/top?app=site&kind=path")).data;
    assert.ok(items.every(({ name }: { name: string }) => name.length <= 200));
  });

  await t.step("the command line shows, lists and exports it", async () => {
    const shown = await cli(node, "analytics", "show", "site");
    assert.match(shown.stdout, /^views +8/m);
    assert.match((await cli(node, "analytics", "top", "referrer")).stdout, /news\.example +1/);
    assert.match((await cli(node, "analytics", "live", "--json")).stdout, /"windowMs": 300000/);
    assert.match((await cli(node, "analytics", "export", "site")).stdout, /^at,visitors,views/);
    assert.equal((await cli(node, "analytics", "top", "nonsense")).code, 2);
    assert.equal((await cli(node, "analytics", "show", "nothing")).code, 3);
  });

  await t.step(
    "short links lead where they were told, on each host that has nothing there",
    async () => {
      const made = await cli(node, "redirect", "add", "https://example.com/a", "go");
      assert.match(made.stdout, /\/r\/go leads to https:\/\/example\.com\/a/);
      await cli(node, "redirect", "add", "https://example.com/b", "taken");
      await cli(node, "redirect", "add", "https://example.com/c", "own", "--app", "quiet");
      const leads = async (
        host: string,
        path: string,
        headers = HUMAN as Record<string, string>,
      ) => {
        const { status, headers: sent } = await visitHost(node, `${host}:${node.port}`, path, {
          headers,
        });
        return [status, sent.get("location")];
      };
      assert.deepEqual(await leads("localhost", "/r/go"), [302, "https://example.com/a"]);
      assert.deepEqual(await leads("site.localhost", "/r/go"), [302, "https://example.com/a"]);
      assert.deepEqual(await leads("site.localhost", "/r/go?to=//evil.example"), [
        302,
        "https://example.com/a",
      ]);
      assert.deepEqual(await leads("site.localhost", "/r/go", { "user-agent": "Googlebot/2.1" }), [
        302,
        "https://example.com/a",
      ]);
      assert.deepEqual(await leads("site.localhost", "/r/taken"), [200, null]);
      assert.deepEqual(await leads("localhost", "/r/own"), [404, null]);
      assert.deepEqual(await leads("quiet.localhost", "/r/own"), [302, "https://example.com/c"]);
      for (const path of ["/r/", "/r/go/", "/r/nothing", "/r//evil.example", "/r/%2e%2e"]) {
        assert.equal((await leads("localhost", path))[1], null, path);
      }
      const { data } = await api(node, "GET", "/api/redirects/go");
      assert.deepEqual([data.clicks, data.shortUrl], [3, `http://localhost:${node.port}/r/go`]);
      const { meta } = await api(node, "GET", "/api/redirects?limit=2");
      assert.deepEqual([meta.total, meta.cursor], [3, "own"]);
      await cli(
        node,
        "redirect",
        "change",
        "go",
        "--url",
        "https://example.org/",
        "--status",
        "307",
      );
      assert.deepEqual(await leads("localhost", "/r/go"), [307, "https://example.org/"]);
      await cli(node, "redirect", "remove", "go");
      assert.deepEqual(await leads("localhost", "/r/go"), [404, null]);
      assert.equal((await cli(node, "redirect", "add", "javascript:alert(1)", "x")).code, 1);
    },
  );

  await t.step(
    "the log of apps and node is found, exported harmlessly and cleaned up",
    async () => {
      const found = await api(node, "GET", "/api/logs?app=site&text=hyperlink&level=warn&limit=2");
      assert.equal(found.data.length, 2);
      const [line] = found.data;
      assert.deepEqual([line.app, line.level], ["site", "warn"]);
      const one = await api(node, "GET", `/api/logs?request=${line.requestId}`);
      assert.deepEqual(one.data, [line]);
      const next = await api(node, "GET", `/api/logs?app=site&limit=2&before=${found.meta.cursor}`);
      assert.ok(next.data[0].id < found.data[1].id);
      const csv = (await cli(node, "logs", "export", "--app", "site", "--format", "csv")).stdout;
      assert.match(csv, /^at,app,level,request,message,fields/);
      assert.match(csv, /,"'=HYPERLINK\(1\)/);
      const listed = await cli(node, "logs", "list", "--app", "site");
      assert.match(listed.stdout, /\\u001b\[2J.*site +req_/);
      assert.ok(!listed.stdout.includes("\u001b[2J"));
      const folder = await Deno.makeTempDir();
      const file = `${folder}/log.ndjson`;
      await cli(node, "logs", "export", "-o", file);
      const lines = (await Deno.readTextFile(file)).trimEnd().split("\n").map((text) =>
        JSON.parse(text)
      );
      await Deno.remove(folder, { recursive: true });
      assert.ok(lines.some(({ app }) => app === "site"));
      assert.match((await cli(node, "logs", "stats")).stdout, /^site +\d+/m);
      assert.equal((await cli(node, "logs", "cleanup", "--app", "site")).code, 2);
      assert.match(
        (await cli(node, "logs", "cleanup", "--app", "site", "--yes")).stdout,
        /\d+ lines? deleted/,
      );
      assert.deepEqual((await api(node, "GET", "/api/logs?app=site")).data, []);
    },
  );

  await t.step(
    "every answer of the API names its request, and new lines come as they are said",
    async () => {
      const stream = await fetch(`${node.url}/api/logs/stream?app=site`, {
        headers: { authorization: `Bearer ${node.token}` },
      });
      assert.match(stream.headers.get("x-request-id")!, /^req_/);
      const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = (await reader.read()).value ?? "";
      await visit(node, "site", "/api/now", as());
      while (!text.includes("\n\n", 20)) text += (await reader.read()).value ?? "";
      await reader.cancel();
      const told = JSON.parse(/data: (.*)/.exec(text)![1]!);
      assert.deepEqual([told.app, told.level], ["site", "warn"]);
    },
  );

  await t.step("metrics are OpenMetrics, and count what was answered", async () => {
    const { text } = await visitHost(node, `127.0.0.1:${node.port}`, "/api/metrics.txt", {
      headers: { authorization: `Bearer ${node.token}` },
    });
    const families = parseMetrics(text);
    const value = (line: string) => Number(new RegExp(`^${line} (\\S+)$`, "m").exec(text)?.[1]);
    assert.ok(value('fazt_http_requests_total\\{status="2xx"\\}') > 10);
    assert.ok(value('fazt_http_requests_total\\{status="4xx"\\}') > 3);
    assert.ok(value("fazt_http_request_duration_seconds_count") > 20);
    assert.ok(value('fazt_app_traffic_bytes_total\\{app="site",direction="out"\\}') > 0);
    assert.ok(value("fazt_event_loop_lag_seconds") >= 0);
    assert.ok(value('fazt_queue_length\\{queue="writes"\\}') >= 0);
    assert.equal(families.get("fazt_mode"), "stateset");
    assert.equal(families.get("fazt_http_request_duration_seconds"), "histogram");
  });

  await t.step(
    "a node that only reads answers all the same, and an app's counts go with it",
    async () => {
      const before = await views(node, "site");
      await api(node, "PUT", "/api/system/config", {
        body: { key: "limits.global.diskPercent", value: 1 },
      });
      await until(async () =>
        (await api(node, "GET", "/api/system/health")).data.mode === "read-only"
      );
      assert.equal((await visit(node, "site", "/", as())).status, 200);
      assert.equal((await visit(node, "quiet", "/r/own", as())).status, 302);
      assert.equal((await api(node, "GET", "/api/analytics?app=site")).status, 200);
      await api(node, "DELETE", "/api/system/config/limits.global.diskPercent");
      await until(async () => await views(node, "site") === before + 1, 30_000);
      const { data } = await api(node, "GET", "/api/apps/site");
      await api(node, "DELETE", "/api/apps/site?purge=1");
      const left = await api(node, "GET", `/api/analytics?app=${data.id}`);
      assert.equal(left.data.totals.requests, 0);
    },
  );
});

/** The families of OpenMetrics text; fails where it is not what the specification (1.0) asks. */
function parseMetrics(text: string): Map<string, string> {
  assert.ok(text.endsWith("\n# EOF\n"), "ends with # EOF");
  const types = new Map<string, string>();
  const seen = new Set<string>();
  let family = "";
  const buckets = new Map<string, number>();
  for (const line of text.slice(0, -"# EOF\n".length).trimEnd().split("\n")) {
    const about = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (about) {
      const [, what, name, said] = about as unknown as [string, string, string, string];
      if (what === "TYPE") {
        assert.ok(!types.has(name), `${name} is told twice`);
        assert.match(said, /^(counter|gauge|histogram|info|stateset|summary|unknown)$/);
        types.set(name, said);
        family = name;
      }
      assert.equal(name, family, "what is told of a family stands together");
      if (what === "UNIT") assert.ok(name.endsWith(`_${said}`), `${name} in ${said}`);
      continue;
    }
    const sample =
      /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*"(?:,(?=[a-zA-Z_]))?)+\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/
        .exec(line);
    assert.ok(sample, `no sample: ${line}`);
    const [, name, labels = "", value] = sample as unknown as [string, string, string, string];
    assert.ok(!seen.has(name + labels), `${name}${labels} is there twice`);
    seen.add(name + labels);
    const suffixes: Readonly<Record<string, string[]>> = {
      counter: ["_total"],
      histogram: ["_bucket", "_count", "_sum"],
      info: ["_info"],
    };
    const allowed = suffixes[types.get(family)!] ?? [""];
    assert.ok(allowed.some((suffix) => name === family + suffix), `${name} in ${family}`);
    if (types.get(family) === "counter") assert.ok(Number(value) >= 0, line);
    if (name.endsWith("_bucket")) {
      assert.ok(Number(value) >= (buckets.get(family) ?? 0), `${line} is less than the one before`);
      buckets.set(family, Number(value));
    }
    if (name.endsWith("_count")) assert.equal(Number(value), buckets.get(family), line);
  }
  return types;
}
