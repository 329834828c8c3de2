interface SourceMap {
  mappings: string;
  sources: string[];
  sourcesContent?: (string | null)[];
}

/**
 * A source map as it is kept: the app's files by their own paths and with their text, the
 * standard library by name only.
 * @param json source map v3
 * @param lines how many lines stand before the mapped text
 */
export function tidyMap(json: string, lines: number): string {
  const map: SourceMap = JSON.parse(json);
  map.sourcesContent =
    map.sourcesContent?.map((text, i) => map.sources[i]!.startsWith("app:") ? text : null) ?? [];
  map.sources = map.sources.map((source) => source.replace(/^app:/, ""));
  map.mappings = ";".repeat(lines) + map.mappings;
  return JSON.stringify(map);
}
