import { defineConfig } from "vite";

export default defineConfig({
  // What `fazt app deploy` puts online; `public/` is copied into it as it is.
  build: { outDir: "dist" },
});
