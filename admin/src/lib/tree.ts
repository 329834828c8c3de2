/** A folder or file of a tree; folders come first, then by name. */
export interface TreeNode<F> {
  readonly name: string;
  readonly path: string;
  /** Set for files. */
  readonly file?: F;
  readonly children: readonly TreeNode<F>[];
}

interface Growing<F> {
  readonly folders: Map<string, Growing<F>>;
  readonly files: TreeNode<F>[];
}

/** Files, known by their paths, as a tree. */
export function treeOf<F extends { readonly path: string }>(files: readonly F[]): TreeNode<F>[] {
  const root: Growing<F> = { folders: new Map(), files: [] };
  for (const file of files) {
    const parts = file.path.split("/");
    let at = root;
    for (const part of parts.slice(0, -1)) {
      const next = at.folders.get(part) ?? { folders: new Map(), files: [] };
      at.folders.set(part, next);
      at = next;
    }
    at.files.push({ name: parts.at(-1)!, path: file.path, file, children: [] });
  }
  return finished(root, "");
}

function finished<F>({ folders, files }: Growing<F>, path: string): TreeNode<F>[] {
  const byName = (a: { name: string }, b: { name: string }) => a.name < b.name ? -1 : 1;
  const inside = [...folders].map(([name, folder]) => {
    const own = path === "" ? name : `${path}/${name}`;
    return { name, path: own, children: finished(folder, own) };
  });
  return [...inside.sort(byName), ...files.sort(byName)];
}
