import assert from "node:assert/strict";
import { join } from "node:path";
import { inFolder } from "../testing/temp_folder.ts";
import { buildCommand, installCommand, packageManagerOf } from "./package_manager.ts";

Deno.test("the package manager is the one its field or its lock file names", async (t) => {
  const cases: [string, string[], unknown, string, string][] = [
    ["nothing", [], undefined, "npm run build", "npm install"],
    ["npm", ["package-lock.json"], undefined, "npm run build", "npm ci"],
    ["pnpm", ["pnpm-lock.yaml"], undefined, "pnpm run build", "pnpm install --frozen-lockfile"],
    ["yarn 1", ["yarn.lock"], undefined, "yarn run build", "yarn install --frozen-lockfile"],
    ["yarn", ["yarn.lock", ".yarnrc.yml"], 1, "yarn run build", "yarn install --immutable"],
    ["bun", ["bun.lock"], undefined, "bun run build", "bun install --frozen-lockfile"],
    ["old bun", ["bun.lockb"], undefined, "bun run build", "bun install --frozen-lockfile"],
    ["deno", ["deno.lock"], undefined, "deno task build", "deno install --frozen"],
    ["two locks", ["package-lock.json", "pnpm-lock.yaml"], undefined, "pnpm run build", "pnpm"],
    ["the field", ["package-lock.json"], "pnpm@9.1.0+sha512.x", "pnpm run build", "pnpm install"],
    ["a strange field", [], "rm -rf /@1", "npm run build", "npm install"],
  ];
  for (const [name, locks, field, build, install] of cases) {
    await t.step(name, async () => {
      const files = Object.fromEntries(locks.map((lock) => [lock, ""]));
      await inFolder({ ...files, ".git/HEAD": "" }, (folder) => {
        const manager = packageManagerOf(folder, field);
        assert.equal(buildCommand(manager).join(" "), build);
        assert.ok(installCommand(folder, manager).join(" ").startsWith(install));
        return Promise.resolve();
      });
    });
  }
});

Deno.test("the lock file of a workspace counts, as far as its repository goes", async () => {
  const files = { ".git/HEAD": "", "pnpm-lock.yaml": "", "web/x": "", "other/.git/HEAD": "" };
  await inFolder(files, (folder) => {
    assert.equal(packageManagerOf(join(folder, "web"), undefined).name, "pnpm");
    assert.equal(packageManagerOf(join(folder, "other"), undefined).name, "npm");
    return Promise.resolve();
  });
});
