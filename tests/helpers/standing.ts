import assert from "node:assert/strict";
import { api, visit } from "./http.ts";
import { deploy, type Files } from "./deploy.ts";
import type { TestNode } from "./node.ts";

/** What an error must look like to whoever gets it. */
export interface Expected {
  readonly status: number;
  readonly code: string;
  /** What went wrong and why. */
  readonly message: RegExp;
  /** What to do about it; default: there must be something. */
  readonly hint?: RegExp;
  /** What the first of the details must hold. */
  readonly detail?: object;
}

/** An answer of the API as the helpers give it. */
export interface Refusal {
  readonly status: number;
  readonly data?: unknown;
  // deno-lint-ignore no-explicit-any -- tests look at whatever shape the API gives
  readonly error?: any;
}

/** Fails unless the API refused as expected, in the project's one shape and grammar. */
export function assertRefused(answer: Refusal, expected: Expected): void {
  const { status, error } = answer;
  assert.ok(error, `it was not refused: ${status} ${JSON.stringify(answer.data)}`);
  const shown = JSON.stringify(error);
  assert.deepEqual([status, error.code], [expected.status, expected.code], shown);
  assert.match(error.message, /^(?:Cannot|There is no) /, shown);
  assert.match(error.message, expected.message, shown);
  assert.match(error.hint ?? "", expected.hint ?? /./, shown);
  if (expected.detail) assert.partialDeepStrictEqual(error.details[0], expected.detail);
  assert.doesNotMatch(shown, /file:\/\/|node_modules|\bat .*:\d+:\d+/, "it shows our own code");
}

/** An app that must stay as it is while bad input is sent to its node. */
export class Standing {
  #version = 0;

  private constructor(
    private readonly node: TestNode,
    readonly name: string,
    private readonly server: boolean,
  ) {}

  /** Deploys the app for the first time: a page, with `server` a handler besides. */
  static async on(
    node: TestNode,
    name: string,
    options: { readonly server?: boolean } = {},
  ): Promise<Standing> {
    const app = new Standing(node, name, options.server ?? false);
    await app.deploys();
    return app;
  }

  /** Its files as they are served now. */
  get files(): Files {
    return {
      "index.html": `<h1>${this.name} ${this.#version}</h1>`,
      ...this.server ? { "api/main.js": `export default () => "${this.name} answers"` } : {},
    };
  }

  /** Fails unless bytes, answers and revisions are those of the last correct deploy. */
  async stands(): Promise<void> {
    const page = await visit(this.node, this.name, "/");
    assert.deepEqual([page.status, page.text], [200, this.files["index.html"]]);
    if (this.server) {
      assert.equal((await visit(this.node, this.name, "/api/")).text, `${this.name} answers`);
    }
    const { data } = await api(this.node, "GET", `/api/apps/${this.name}/revisions`);
    assert.deepEqual(
      data.map((r: { n: number; current: boolean }) => [r.n, r.current]),
      Array.from({ length: this.#version }, (_, i) => [this.#version - i, i === 0]),
    );
  }

  /** Fails unless a correct deploy makes a revision that is served. */
  async deploys(): Promise<void> {
    this.#version++;
    const done = await deploy(this.node, this.name, this.files);
    assert.equal(done.status, 201, JSON.stringify(done.error));
    assert.equal(done.data.revision.n, this.#version);
    await this.stands();
  }

  /** The whole claim about one bad input: refused clearly, nothing changed, and all goes on. */
  async survives(attempt: () => Promise<Refusal>, expected: Expected): Promise<void> {
    assertRefused(await attempt(), expected);
    await this.stands();
    await this.deploys();
  }
}
