/**
 * Gives a request another URL. A copy made by `new Request` would have to copy the body as well; and
 * one made of this request by others has the URL it came with, so copies are given theirs anew.
 */
export function withUrl(request: Request, url: string): Request {
  return Object.defineProperty(request, "url", { value: url });
}
