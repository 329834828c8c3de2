/** One page: what the tab says, and its content. */
export interface Page {
  readonly title: string;
  readonly html: string;
}

const LINKS = `<nav><a href="/">Home</a> <a href="/about">About</a></nav>`;

const PAGES: Readonly<Record<string, Page>> = {
  "/": { title: "Home", html: `${LINKS}<h1>my-app</h1><p>Edit src/pages.ts.</p>` },
  "/about": { title: "About", html: `${LINKS}<h1>About</h1><p>A page of its own address.</p>` },
};

/** The page of an address. */
export function pageOf(path: string): Page {
  return PAGES[path] ?? { title: "Not found", html: `${LINKS}<h1>Nothing is here</h1>` };
}
