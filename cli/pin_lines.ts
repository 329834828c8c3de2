import { formatBytes } from "../kernel/lib/bytes.ts";
import type { Pin } from "./api_types.ts";
import { apiPath } from "./client.ts";

/** The API's path of the pins of an app, or of the owner's. */
export function pinsPath(app: string | undefined): string {
  return app === undefined ? "/api/pins" : apiPath`/api/pins/apps/${app}`;
}

/** What a person is told of a new pin. */
export function pinLines(pin: Pin): string[] {
  return [
    `${pin.name} is kept (${formatBytes(pin.size)}${pin.public ? "" : ", not public"})`,
    `  ${pin.cid}`,
    ...pin.url === undefined ? [] : [`  ${pin.url}`],
    `  let go of it: fazt storage pins remove ${pin.cid}${
      pin.app === undefined ? "" : ` --app ${pin.app}`
    }`,
  ];
}
