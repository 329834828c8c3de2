import assert from "node:assert/strict";
import { openMetrics } from "./open_metrics.ts";

Deno.test("families carry type, unit and help, counters their suffix, and the text its end", () => {
  const text = openMetrics([
    {
      name: "cpu_seconds",
      type: "counter",
      unit: "seconds",
      help: "Time",
      samples: [{ labels: { app: "a", part: "b" }, value: 1.5 }, { value: 2 }],
    },
    { name: "build", type: "info", help: "Build", samples: [{ labels: { v: "1" }, value: 1 }] },
    { name: "none", type: "gauge", help: "Nothing", samples: [{ value: NaN }] },
  ]);
  assert.equal(
    text,
    `# TYPE cpu_seconds counter
# UNIT cpu_seconds seconds
# HELP cpu_seconds Time
cpu_seconds_total{app="a",part="b"} 1.5
cpu_seconds_total 2
# TYPE build info
# HELP build Build
build_info{v="1"} 1
# TYPE none gauge
# HELP none Nothing
# EOF
`,
  );
});

Deno.test("no label value leaves its quotation marks", () => {
  const value = 'a"} 1\n# EOF\\';
  const text = openMetrics([{
    name: "m",
    type: "gauge",
    help: 'one\n"two"',
    samples: [{ labels: { app: value }, value: 0 }],
  }]);
  assert.match(text, /^m\{app="a\\"\} 1\\n# EOF\\\\"\} 0$/m);
  assert.equal(text.split("\n").length, 5);
});
