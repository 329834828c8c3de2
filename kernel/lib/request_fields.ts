/** The header fields of a request that the way of an answer asks for, read in one pass. */
export interface RequestFields {
  /** Of all fields: names and values with what stands between them (RFC 9112 §5). */
  bytes: number;
  host: string | null;
  accept: string;
  acceptEncoding: string | null;
  agent: string;
  earlyData: string | null;
  forwardedProto: string | null;
  ifNoneMatch: string | null;
  ifRange: string | null;
  /** It is no look at a page: a frame, a part that a script fetches, or fetched ahead of time. */
  part: boolean;
  range: string | null;
  referrer: string | null;
  /** Somebody wants not to be counted (Global Privacy Control; Do Not Track). */
  refuses: boolean;
}

/** Reads the fields. To ask for each takes longer, and so does any other way through all of them. */
export function readFields(headers: Headers): RequestFields {
  const fields: RequestFields = {
    bytes: 0,
    host: null,
    accept: "",
    acceptEncoding: null,
    agent: "",
    earlyData: null,
    forwardedProto: null,
    ifNoneMatch: null,
    ifRange: null,
    part: false,
    range: null,
    referrer: null,
    refuses: false,
  };
  headers.forEach((value, name) => {
    fields.bytes += name.length + value.length + 4;
    note(fields, name, value);
  });
  return fields;
}

function note(fields: RequestFields, name: string, value: string): void {
  switch (name) {
    case "host":
      fields.host = value;
      break;
    case "accept":
      fields.accept = value;
      break;
    case "accept-encoding":
      fields.acceptEncoding = value;
      break;
    case "user-agent":
      fields.agent = value;
      break;
    case "early-data":
      fields.earlyData = value;
      break;
    case "x-forwarded-proto":
      fields.forwardedProto = value;
      break;
    case "if-none-match":
      fields.ifNoneMatch = value;
      break;
    case "if-range":
      fields.ifRange = value;
      break;
    case "purpose":
      if (value === "prefetch") fields.part = true;
      break;
    case "sec-fetch-dest":
      if (value !== "document") fields.part = true;
      break;
    case "sec-purpose":
      fields.part = true;
      break;
    case "range":
      fields.range = value;
      break;
    case "referer":
      fields.referrer = value;
      break;
    case "dnt":
    case "sec-gpc":
      if (value === "1") fields.refuses = true;
      break;
  }
}
